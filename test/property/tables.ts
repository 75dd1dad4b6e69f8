/** The tables of a warehouse as texts that can be compared. */
import type { Session } from '../../src/engines/contract.js';
import type { ResultRow } from '../../src/engines/types.js';
import type { Place } from './places.js';

/** Table -> its rows, sorted. */
export type Tables = Readonly<Record<string, readonly string[]>>;

/** Those of the named tables that are there. */
export function readTables(place: Place, names: readonly string[]): Promise<Tables> {
  return place.look(async (session) => {
    const there = await tableNames(session, place);
    const tables: Record<string, readonly string[]> = {};
    for (const table of names) {
      if (there.has(table)) tables[table] = texts(await session.query(`select * from ${table}`));
    }
    return tables;
  });
}

async function tableNames(session: Session, { schema }: Place): Promise<ReadonlySet<unknown>> {
  const rows = await session.query(
    `select table_name as name from information_schema.tables where table_schema = ${schema}`,
  );
  return new Set(rows.map(({ name }) => name));
}

export function texts(rows: readonly ResultRow[]): readonly string[] {
  return rows.map(rowText).sort();
}

/** Columns in the order of their names; whole numbers and booleans as numbers. */
function rowText(row: ResultRow): string {
  const sorted = Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(sorted, (_, value: unknown) =>
    typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : value,
  );
}

/** The rows as objects again. */
export function parsed(tables: Tables, table: string): readonly Readonly<Record<string, unknown>>[] {
  return (tables[table] ?? []).map((row) => JSON.parse(row));
}

/** Without columns that are NULL. */
export function withoutNulls(row: string): string {
  return JSON.stringify(JSON.parse(row, (_, value) => value ?? undefined));
}

/** Throws with the rows that differ. */
export function assertEqual(what: string, actual: Tables, wanted: Tables): void {
  for (const table of new Set([...Object.keys(actual), ...Object.keys(wanted)])) {
    const [is, should] = [actual[table], wanted[table]];
    if (JSON.stringify(is) === JSON.stringify(should)) continue;
    const extra = (is ?? []).filter((row) => !should?.includes(row));
    const missing = (should ?? []).filter((row) => !is?.includes(row));
    const lines = [
      `${what}: ${table} differs`,
      ...(is === undefined ? ['it is gone'] : should === undefined ? ['it was not there'] : []),
      ...extra.map((row) => `  is     ${row}`),
      ...missing.map((row) => `  should ${row}`),
    ];
    throw new Error(lines.join('\n'));
  }
}
