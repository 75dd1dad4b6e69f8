/** The tables that a run writes to, and what must be swapped in after its commit. */
import type { Dialect, Publication, Session } from '../engines/contract.js';
import type { KeptChanges } from '../load/kept-changes.js';
import { changeLogOf } from '../load/sql.js';
import { publicationOf, type Target } from '../load/target.js';

export class Targets {
  readonly #targets = new Map<string, Target>();
  readonly #companions = new Map<string, Target>();
  #keptPlaces = 0;
  readonly #kept = new Map<string, KeptChanges>();
  readonly #views: Publication['views'][number][] = [];

  add(target: Target): void {
    this.#targets.set(target.name, target);
  }

  /** A table of chat-etl's own beside a target: its change log, its dirty partitions. */
  addCompanion(companion: Target): void {
    this.#companions.set(companion.name, companion);
  }

  addView(view: Publication['views'][number]): void {
    this.#views.push(view);
  }

  get(table: string): Target | undefined {
    return this.#targets.get(table);
  }

  /** True where what reads the table may get other columns than before. */
  isReshaped = (table: string): boolean => {
    const target = this.#targets.get(table);
    return target?.fresh === true || target?.reshaped === true;
  };

  /** Where the changes of a table are to be kept until its data tests. */
  keep(table: string, columns: readonly string[]): KeptChanges {
    // Names of tables may be as long as names can be.
    const place = this.#keptPlaces++;
    const kept: KeptChanges = {
      rows: `changed_${place}`,
      removed: `removed_${place}`,
      columns,
      onKept: () => this.#kept.set(table, kept),
    };
    return kept;
  }

  /** Undefined where they were not kept. */
  kept(table: string): KeptChanges | undefined {
    return this.#kept.get(table);
  }

  /** What was kept may be rows that are deleted later: nothing of it stays in a session that is used again. */
  async dropKept(session: Session, dialect: Dialect): Promise<void> {
    for (const { rows, removed } of this.#kept.values()) {
      for (const name of [rows, removed]) await session.execute(dialect.dropScratchTable(name));
    }
    this.#kept.clear();
  }

  log(table: string): Target | undefined {
    return this.#companions.get(changeLogOf(table));
  }

  /** The name under which this run reads a table. */
  physical = (table: string): string => (this.#targets.get(table) ?? this.#companions.get(table))?.physical ?? table;

  /** @param runId of the run, with the step's name where steps commit on their own */
  publication(runId: string, grants: readonly string[]): Publication {
    const tables = publicationOf([...this.#targets.values(), ...this.#companions.values()]).filter(
      ({ name }) => !this.#views.some((view) => view.name === name),
    );
    return { runId, tables, views: this.#views, grants };
  }
}
