/** Reading one table of a source in a test. */
import type { PageOptions, SourceDatabase, SourceRead } from '../../../src/engines/contract.js';
import { unpackRows } from '../../../src/engines/rows.js';
import type { Cell } from '../../../src/engines/types.js';

export function readOf(changes: Partial<SourceRead>): SourceRead {
  const columns = { include: undefined, exclude: [], rename: {}, add: {} };
  return { table: undefined, query: undefined, columns, key: [], cursor: undefined, ...changes };
}

export async function readAll(database: SourceDatabase, read: SourceRead, changes: Partial<PageOptions> = {}) {
  const columns = await database.describe(read);
  const snapshot = await database.snapshot();
  const rows: (readonly Cell[])[] = [];
  const sizes: number[] = [];
  let zeroDates = 0;
  const options = {
    batchRows: 2,
    batchBytes: 1_000_000,
    from: undefined,
    signal: new AbortController().signal,
    ...changes,
  };
  try {
    for await (const batch of snapshot.read(read, columns, options)) {
      rows.push(...unpackRows(columns, batch));
      sizes.push(batch.rowCount);
      zeroDates += batch.zeroDates ?? 0;
    }
  } finally {
    await snapshot.close();
  }
  return { columns, rows, sizes, zeroDates };
}
