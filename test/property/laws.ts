/** What must hold after runs. Each throws with what does not. */
import type { ChatModel } from './chat-model.js';
import { type Definitions, snapshotTables } from './definitions.js';
import { expectedTables, liveUsers } from './expected.js';
import { assertEqual, parsed, type Tables, texts, withoutNulls } from './tables.js';

/** The closed rows of snapshots stay as they were. */
export class ClosedRows {
  readonly #remembered = new Map<string, ReadonlySet<string>>();

  check(tables: Tables): void {
    for (const table of snapshotTables) {
      // A column that came later is NULL in rows that were closed before.
      const rows = new Set((tables[table] ?? []).map(withoutNulls));
      for (const closed of this.#remembered.get(table) ?? []) {
        if (!rows.has(closed)) throw new Error(`${table}: a closed row is not what it was: ${closed}`);
      }
      this.#remembered.set(table, new Set([...rows].filter((row) => JSON.parse(row).is_current === 0)));
    }
  }
}

/** What the `relationship` tests of the project say. */
export function checkRelationships(tables: Tables): void {
  pointsAt(tables, 'fact_long.message_id', 'fact_message.message_id');
  pointsAt(tables, 'reaction_days.date_key', 'reactions_daily.date_key');
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
  for (const [table, rows] of Object.entries(expectedTables(chat, definitions, asOf))) {
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

/** Living pins are as they are in the chat; without `isExact`, pins that were deleted for good may be there as well. */
export function checkPins(chat: ChatModel, { color }: Definitions, tables: Tables, isExact: boolean): void {
  const gone = chat.deleted.get('pins') ?? new Map<number, object>();
  const isShown = ({ id, pin_id }: Readonly<Record<string, unknown>>) => isExact || !gone.has(Number(id ?? pin_id));
  const seen = (table: string) => texts(parsed(tables, table).filter(isShown) as never);
  const staged = [...chat.pins.values()].map(({ color: value, ...pin }) => ({ ...pin, [color]: value }));
  const facts = [...chat.pins.values()].map(({ id, message_id, color: value }) => ({
    pin_id: id,
    message_id,
    color: value,
  }));
  // A column that the definition no longer gives may stay in staging, without any value in rows that were read since.
  const pins = seen('stg_pins').map(withoutNulls);
  assertEqual('what it must be', { stg_pins: pins }, { stg_pins: texts(staged) });
  assertEqual('what it must be', { fact_pin: seen('fact_pin') }, { fact_pin: texts(facts) });
}
