/** What a strategy needs to bring one model up to date. */
import type { Engine, Session } from '../engines/contract.js';
import type { ChangeLog, RowCounts } from '../load/apply.js';
import { heededChanges } from '../load/change-log.js';
import type { KeptChanges } from '../load/kept-changes.js';
import { changeLogOf } from '../load/sql.js';
import type { Target } from '../load/target.js';
import type { CompiledModel } from '../pipeline/types.js';
import type { Position, StepAction } from '../plan/types.js';
import type { DayRange } from '../run/options.js';
import type { RenderContext, Rendered } from '../template/types.js';

/** Physical names of tables during a run: a replaced table is read under its new name before it is swapped in. */
export type PhysicalName = (table: string) => string;

export interface ModelWork {
  readonly engine: Engine;
  readonly session: Session;
  readonly compiled: CompiledModel;
  readonly action: StepAction;
  readonly target: Target;
  readonly batch: number;
  readonly physical: PhysicalName;
  readonly positions: ReadonlyMap<string, Position>;
  /** True where a table has changed since this model's position. */
  readonly isAhead: (table: string) => boolean;
  /** The key of a table, as its change log holds it. */
  readonly keyOf: (table: string) => readonly string[];
  /** True where rows that are deleted in the source stay in this table, flagged. */
  readonly keepsDeleted: (table: string) => boolean;
  /** The columns of a followed table, in small letters, without a change of which an update of it concerns nobody here; undefined where all count. */
  readonly heeds: (table: string) => readonly string[] | undefined;
  readonly log: ChangeLog | undefined;
  /** Where the data tests find what changes. */
  readonly kept?: KeptChanges | undefined;
  /** Renders the model's SQL; `delta` gives the quoted table that stands for one. */
  readonly render: (context: Pick<RenderContext, 'ref' | 'delta' | 'dirty'>) => Rendered;
  /** Days whose partitions are computed again though nothing changed. */
  readonly backfill?: DayRange | undefined;
  /** The run's start, UTC `YYYY-MM-DD HH:MM:SS.ffffff`: when a row that is gone was seen to be. */
  readonly startedAt: string;
}

/** What rendering a model's SQL takes. */
export type RenderWork = Pick<ModelWork, 'engine' | 'physical' | 'render'>;

/** A strategy: one function from work to counts. */
export type StrategyRunner = (work: ModelWork) => Promise<RowCounts>;

/** The model's SQL over whole tables. */
export function renderWhole(work: RenderWork): Rendered {
  const name = (table: string) => work.engine.dialect.identifier(work.physical(table));
  return work.render({ ref: name, delta: name });
}

/** The model's SQL with its delta cut to the scratch table `delta`. */
export function renderDelta(work: RenderWork): Rendered {
  const { dialect } = work.engine;
  return work.render({
    ref: (table) => dialect.identifier(work.physical(table)),
    delta: () => dialect.scratchTable('delta'),
  });
}

/** The names of the target's columns that the query gives. */
export function targetColumns(work: ModelWork): readonly string[] {
  return work.target.columns.map((column) => column.name);
}

/** What asking the change logs takes. */
export type LogWork = Pick<ModelWork, 'engine' | 'session' | 'physical' | 'positions' | 'keyOf' | 'heeds'>;

/** A condition over a table's change log that leaves out updates which are no concern of the model. */
export async function concerning(work: LogWork, table: string): Promise<string> {
  const { session, engine, physical } = work;
  const heeded = work.heeds(table);
  if (heeded === undefined) return '';
  const request = { table: physical(table), log: physical(changeLogOf(table)), key: work.keyOf(table), heeded };
  return heededChanges(session, engine.dialect, request);
}
