/** The columns of a staging table: those of the source and, with `deleted_rows: keep`, `etl_deleted_at`. */
import { deletedAt } from '../deleted-at.js';
import type { Column } from '../engines/types.js';
import { EtlError } from '../errors.js';
import type { Source } from '../pipeline/types.js';
import type { Target } from './target.js';

const deletedAtColumn: Column = { name: deletedAt, type: { kind: 'timestamp' }, nullable: true };

/** Errors: DEFINITION where the source has a column of that name. */
export function stagingColumns(source: Source, columns: readonly Column[]): readonly Column[] {
  refuseReservedName(source, columns);
  return source.deletedRows === 'keep' ? [...columns, deletedAtColumn] : columns;
}

/** Errors: DEFINITION where staging has not what `erase` and `retention` name. Columns that are gone from the source count. */
export function requireColumns(source: Source, { columns }: Target): void {
  for (const erased of source.erase ?? []) requireColumn(source, columns, 'erase', erased);
  if (source.retention !== undefined) requireTime(source, columns, source.retention.column);
}

function refuseReservedName(source: Source, columns: readonly Column[]): void {
  const taken = columns.find(({ name }) => name.toLowerCase() === deletedAt);
  if (taken === undefined) return;
  throw new EtlError('DEFINITION', `${source.name} has a column '${taken.name}', a name that belongs to chat-etl`, {
    where: source.where,
    hint: `give it another name: columns: { rename: { ${taken.name}: deleted_by_others_at } }`,
  });
}

function requireColumn(source: Source, columns: readonly Column[], key: string, column: string): Column {
  const found = columns.find(({ name }) => name === column);
  if (found !== undefined) return found;
  throw new EtlError('DEFINITION', `${source.name} has no column '${column}', which '${key}' names`, {
    where: source.where,
    hint: `its columns are: ${columns.map(({ name }) => name).join(', ')}`,
  });
}

function requireTime(source: Source, columns: readonly Column[], column: string): void {
  const { type } = requireColumn(source, columns, 'retention', column);
  if (type.kind === 'timestamp' || type.kind === 'date') return;
  throw new EtlError('DEFINITION', `'retention' needs a date or timestamp, and ${column} is of type ${type.kind}`, {
    where: source.where,
    hint: 'let the source compute one: columns: { add: { sent_at: "from_unixtime(sent)" } }',
  });
}

/** True where staging may hold rows that the source has deleted. */
export function isFlagged(stored: readonly Column[]): boolean {
  return stored.some(({ name }) => name === deletedAt);
}
