/** Sources and requests for the tests of extraction. */
import type { CursorDefinition } from '../../src/engines/contract.js';
import { unpackRows } from '../../src/engines/rows.js';
import type { Cell } from '../../src/engines/types.js';
import type { ExtractRequest } from '../../src/extract/extract.js';
import type { Source } from '../../src/pipeline/types.js';

export function sourceOf(table: string, cursor: CursorDefinition | undefined, changes: Partial<Source> = {}): Source {
  const where = { path: 'pipelines/test.yaml', line: 1, column: 1 };
  return {
    kind: 'source',
    name: table,
    table: `stg_${table}`,
    pipeline: 'test',
    description: undefined,
    connection: undefined,
    from: { table },
    columns: { include: undefined, exclude: [], rename: {}, add: {} },
    key: ['id'],
    incremental: cursor === undefined ? undefined : { cursor, lookback: 0, nullCursor: 'include', where },
    deletedRows: 'remove',
    erase: undefined,
    retention: undefined,
    deletes: { policy: 'ignore' },
    appendOnly: false,
    mayShrink: false,
    zeroDates: 'null',
    tests: [],
    tags: [],
    where,
    ...changes,
  };
}

/** What a run gives the stage, with a `staging` that is merged by the first column. */
export function requestInto(
  staging: Map<string, readonly Cell[]>,
): Omit<ExtractRequest, 'source' | 'database' | 'records'> {
  return {
    mode: 'incremental',
    batch: 1,
    settings: { batchRows: 1000, batchBytes: 1_000_000 },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onWarning: () => undefined,
    load: async (columns, batches) => {
      let rows = 0;
      let bytes = 0;
      for await (const batch of batches) {
        for (const row of unpackRows(columns, batch)) staging.set(String(row[0]), row);
        rows += batch.rowCount;
        bytes += batch.bytes;
      }
      return { rows, bytes };
    },
  };
}
