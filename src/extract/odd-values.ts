/** Rows that a source's definition does not allow: those without a cursor, and zero dates. */
import type { SourceRead, SourceSnapshot } from '../engines/contract.js';
import { unpackRow } from '../engines/rows.js';
import type { Column } from '../engines/types.js';
import { EtlError } from '../errors.js';
import type { Source } from '../pipeline/types.js';
import { toKeyRead } from './source-read.js';

/** Throws SOURCE_DATA where rows have no cursor and the source says `null_cursor: error`. */
export async function refuseNullCursors(
  source: Source,
  snapshot: SourceSnapshot,
  read: SourceRead,
  columns: readonly Column[],
  signal: AbortSignal,
): Promise<void> {
  if (source.incremental?.nullCursor !== 'error') return;
  const { column } = source.incremental.cursor;
  const { keyRead, keyColumns } = toKeyRead(read, columns);
  const options = { batchRows: 1, batchBytes: 1_000_000, from: undefined, signal };
  for await (const batch of snapshot.read({ ...keyRead, nullCursor: 'only' }, keyColumns, options)) {
    const first = unpackRow(keyColumns, batch, 0);
    const key = keyColumns.map(({ name }, at) => `${name} = ${String(first[at])}`).join(', ');
    throw new EtlError('SOURCE_DATA', `${source.name} has rows whose cursor ${column} is NULL, such as ${key}`, {
      where: source.incremental.where,
      hint: `give them a ${column}, or set null_cursor to include (read each time) or skip (left out)`,
    });
  }
}

/** For a source that says `zero_dates: error`. */
/** How many arrived by one read; where all rows are read again, by that. */
export class ZeroDates {
  count = 0;

  add(count: number): void {
    this.count += count;
  }

  beginAgain(): void {
    this.count = 0;
  }
}

export function zeroDatesArrived({ name }: Source, count: number): string {
  return `${count} zero dates of ${name} arrived as NULL`;
}

export function zeroDatesFound(source: Source): EtlError {
  return new EtlError('SOURCE_DATA', `${source.name} has zero dates such as 0000-00-00`, {
    where: source.where,
    hint: 'correct these rows, or leave out `zero_dates: error`: they arrive as NULL then, counted in a warning',
  });
}
