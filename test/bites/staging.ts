/** Changes that break what docs/guarantees.md promises under "Staging equals the source". */
import type { Bite } from './bites.js';

export const staging: readonly Bite[] = [
  {
    promise: 'A row deleted in the source leaves, and keys are read only where they differ',
    breaks: 'ranges that differ are not looked at',
    file: 'src/extract/detect-deletes.ts',
    before: 'if (ranges?.numbers.length === 0)',
    after: 'if (ranges !== undefined)',
    test: 'test/e2e/detect.test.ts',
    name: 'a row deleted in the source leaves staging, facts, aggregates and the open part of a snapshot',
  },
  {
    promise: 'What the cursor misses is found by `reconcile`, and a busy source agrees',
    breaks: 'what the next read brings is called a difference',
    file: 'src/load/explain-differences.ts',
    before: '`not exists (${waits})`',
    after: '`(not exists (${waits}) or 1 = 1)`',
    test: 'test/e2e/reconcile.test.ts',
    name: 'a row that waits to be merged is not looked at, nor a difference beside one that is',
  },
  {
    promise: 'A table altered, swapped or emptied while it is read is read as it was or as it is',
    breaks: 'a table altered between its description and its first page is read as it was described',
    file: 'src/engines/mysql/read-snapshot.ts',
    before: 'if (JSON.stringify(plan.columns) === JSON.stringify(columns)) return;',
    after: 'if (plan.columns !== columns) return;',
    test: 'test/extract/altered.test.ts',
    name: 'between the description and the first page',
  },
  {
    promise: 'A column added to the source has its values in old rows',
    breaks: 'values of a new column are not read',
    file: 'src/load/staging.ts',
    before: 'if (backfilled.length === 0) return rows;',
    after: 'if (backfilled.length >= 0) return rows;',
    test: 'test/e2e/new-column.test.ts',
    name: 'into duckdb: all rows get its values, of which only key and column are read again',
  },
  {
    promise: 'A table made anew, or another server behind the name, leaves no row unread',
    breaks: 'marks of another server count',
    file: 'src/extract/extract.ts',
    before: '.filter(({ serverId }) => serverId === database.serverId)',
    after: '.filter(({ serverId }) => serverId !== database.engine.name)',
    test: 'test/e2e/source-tables.test.ts',
    name: 'another server behind the same name',
  },
];
