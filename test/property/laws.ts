/** What must hold after runs. Each throws with what does not. */
import type { StepReport } from '../../src/run/events.js';
import type { ChatModel } from './chat-model.js';
import { type Definitions, snapshotTables } from './definitions.js';
import { titlesIn } from './deleted-rows.js';
import { expectedTables, liveUsers } from './expected.js';
import { assertEqual, parsed, type Tables, texts, withoutNulls } from './tables.js';

/** The closed rows of snapshots stay as they were, but for what is erased of users that were gone at some time. */
export class ClosedRows {
  readonly #remembered = new Map<string, ReadonlySet<string>>();
  readonly #open = new Map<string, readonly string[]>();

  /** @param mayErase whether what is erased of a user may be so by now */
  check(tables: Tables, mayErase: (userId: number) => boolean): void {
    for (const table of snapshotTables) {
      // A column that came later is NULL in rows that were closed before.
      const rows = new Set((tables[table] ?? []).map(withoutNulls));
      for (const closed of this.#remembered.get(table) ?? []) {
        const { name: _, ...erased } = JSON.parse(closed);
        const isErased = rows.has(JSON.stringify(erased)) && mayErase(Number(erased.user_id));
        if (!rows.has(closed) && !isErased) throw new Error(`${table}: a closed row is not what it was: ${closed}`);
      }
      this.#remembered.set(table, new Set([...rows].filter((row) => JSON.parse(row).is_current === 0)));
      this.#checkOpen(table, [...rows], mayErase);
    }
  }

  /** A version that was open is there still, and where a later one has closed it, with what it held. A correction changes an open one. */
  #checkOpen(table: string, rows: readonly string[], mayErase: (userId: number) => boolean): void {
    const now = rows.map((row) => JSON.parse(row));
    for (const row of this.#open.get(table) ?? []) {
      const { valid_to: _, is_current: __, ...was } = JSON.parse(row);
      const version = now.find((own) => own.user_id === was.user_id && own.valid_from === was.valid_from);
      if (version === undefined) throw new Error(`${table}: a version is gone: ${row}`);
      if (version.is_current !== 0) continue;
      const isKept = Object.entries(was).every(
        ([name, value]) =>
          version[name] === value || (name === 'name' && version.name === undefined && mayErase(was.user_id)),
      );
      if (!isKept) throw new Error(`${table}: a version was closed with something else than it held: ${row}`);
    }
    this.#open.set(
      table,
      rows.filter((row) => JSON.parse(row).is_current !== 0),
    );
  }
}

/** Histories that erase hold no name of a user who is gone; how many versions of such users there are. */
export function checkErased(tables: Tables): number {
  const users = new Set(valuesOf(tables, 'stg_users.id'));
  const versions = snapshotTables.flatMap((table) => parsed(tables, table));
  const ofGone = versions.filter(({ user_id }) => !users.has(user_id));
  const named = ofGone.filter(({ name }) => name !== null);
  if (named.length > 0) throw new Error(`not erased: ${JSON.stringify(named)}`);
  return ofGone.length;
}

/** Those that the `relationship` tests of the project compare: from, to. */
const relationships = [
  ['fact_long.message_id', 'fact_message.message_id'],
  ['reaction_days.date_key', 'reactions_daily.date_key'],
] as const;

/** What the `relationship` tests of the project say. A run of other pipelines leaves a table behind what it points at. */
export class Relationships {
  readonly #behind = new Set<string>();

  /** @param steps of a run that succeeded */
  ranWell(steps: ReadonlySet<string>): void {
    for (const [from, to] of relationships) {
      if (steps.has(tableOf(from))) this.#behind.delete(from);
      else if (steps.has(tableOf(to))) this.#behind.add(from);
    }
  }

  /** Some steps of a run were committed, and others not. */
  ranInPart(): void {
    for (const [from] of relationships) this.#behind.add(from);
  }

  check(tables: Tables): void {
    for (const [from, to] of relationships) if (!this.#behind.has(from)) pointsAt(tables, from, to);
  }
}

function tableOf(name: string): string {
  return name.split('.')[0] ?? '';
}

function pointsAt(tables: Tables, from: string, to: string): void {
  const known = new Set(valuesOf(tables, to));
  const lost = valuesOf(tables, from).filter((value) => !known.has(value));
  if (lost.length > 0) throw new Error(`${from} points at ${to} = ${lost.join(', ')}, which is not there`);
}

function valuesOf(tables: Tables, name: string): readonly unknown[] {
  const [table = '', column = ''] = name.split('.');
  return parsed(tables, table).map((row) => row[column]);
}

/**
 * A model that stays in the project is not made whole because changes that it had not read yet were lost.
 * @param optional models that do not follow them all the time
 */
export function checkFollowed(
  steps: readonly Pick<StepReport, 'step' | 'reasons'>[],
  optional: readonly string[],
): void {
  for (const { step, reasons } of steps) {
    const isLost = reasons.length > 0 && reasons.every((reason) => reason.includes('were not logged'));
    if (isLost && !optional.includes(step)) throw new Error(`${step}: ${reasons.join(', ')}`);
  }
}

/** Rows that were committed together arrive together. */
export function checkAuthors(chat: ChatModel, tables: Tables): void {
  const users = new Set(valuesOf(tables, 'stg_users.id'));
  for (const { id, user_id } of parsed(tables, 'stg_messages')) {
    const author = chat.firstMessages.get(Number(id));
    if (author === undefined || author !== Number(user_id) || users.has(author)) continue;
    throw new Error(`stg_messages has message ${id} without its author, user ${author}, who was committed with it`);
  }
}

/** Every table is what the chat says, by a computation that knows no SQL. */
export function checkExpected(chat: ChatModel, definitions: Definitions, asOf: string, tables: Tables): void {
  for (const [table, rows] of Object.entries(expectedTables(chat, definitions, asOf, titlesIn(tables)))) {
    assertEqual('what it must be', { [table]: tables[table] ?? [] }, { [table]: texts(rows) });
  }
  for (const table of snapshotTables) {
    const isLoud = table === 'dim_user' && definitions.loudNames;
    const open = parsed(tables, table).filter((row) => row.is_current === 1);
    const shown = open.map(({ user_id, name, country }) => ({ user_id, name, country }) as never);
    const users = liveUsers(chat).map((user) => ({
      ...user,
      name: isLoud ? String(user.name).toUpperCase() : (user.name ?? null),
    }));
    assertEqual('its open rows', { [table]: texts(shown) }, { [table]: texts(users) });
  }
}
