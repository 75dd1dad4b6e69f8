/** Asks a chat database for the columns of the sources that are read from it. */
import type { SourceColumns, SourceDatabase, SourceRead } from '../engines/contract.js';
import { toEtlError, withDetails } from '../errors.js';
import type { Source } from '../pipeline/types.js';
import type { RecordedResults, RecordedTable, SourceRecord } from './record.js';

const allColumns: SourceColumns = { include: undefined, exclude: [], rename: {}, add: {} };

/** Errors: DEFINITION or DATABASE on the source's line where the database has not what it names. */
export async function recordSources(
  connection: string,
  database: SourceDatabase,
  sources: readonly Source[],
): Promise<SourceRecord> {
  const tables = new Map<string, RecordedTable>();
  const computed = new Map<string, RecordedResults>();
  for (const source of sources) {
    try {
      if ('table' in source.from && !tables.has(source.from.table)) {
        const { table } = source.from;
        const ofTable = sources.filter(({ from }) => 'table' in from && from.table === table);
        tables.set(table, await recordTable(database, table, ofTable));
      }
      const results = await recordResults(database, source);
      if (results !== undefined) computed.set(source.name, results);
    } catch (thrown) {
      throw withDetails(toEtlError(thrown), { where: source.where });
    }
  }
  return { connection, tables, computed };
}

async function recordTable(
  database: SourceDatabase,
  table: string,
  sources: readonly Source[],
): Promise<RecordedTable> {
  const read = readOf({ table }, allColumns);
  const visible = await database.describe(read);
  const names = new Set(visible.map(({ name }) => name.toLowerCase()));
  // Columns that `select *` leaves out can be read by name.
  const hidden = new Set(
    sources.flatMap(({ columns }) => columns.include ?? []).filter((name) => !names.has(name.toLowerCase())),
  );
  const others =
    hidden.size === 0 ? [] : await database.describe(readOf({ table }, { ...allColumns, include: [...hidden] }));
  const details = await database.details?.(table);
  return {
    comment: details?.comment ?? '',
    key: details?.primaryKey ?? [],
    columns: [...visible, ...others].map(({ name, type, nullable }) => {
      return { name, type, nullable, comment: details?.columnComments.get(name) ?? '' };
    }),
  };
}

/** Undefined where the source has no SQL of its own. */
async function recordResults(database: SourceDatabase, source: Source): Promise<RecordedResults | undefined> {
  const { from, columns } = source;
  const isQuery = 'query' in from;
  const names = Object.keys(columns.add);
  if (!isQuery && names.length === 0) return undefined;
  const given = isQuery ? await database.describe(readOf(from, allColumns)) : [];
  const all = names.length === 0 ? [] : await database.describe(readOf(from, columns));
  return {
    query: isQuery ? { sql: from.query, columns: given } : undefined,
    added: new Map(
      all.slice(-names.length).map(({ type }, index) => {
        const name = names[index] ?? '';
        return [name, { expression: columns.add[name] ?? '', type }];
      }),
    ),
  };
}

function readOf(from: Source['from'], columns: SourceColumns): SourceRead {
  const isTable = 'table' in from;
  return {
    table: isTable ? from.table : undefined,
    query: isTable ? undefined : from.query,
    columns,
    key: [],
    cursor: undefined,
  };
}
