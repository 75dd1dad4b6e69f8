/** For each promise of docs/guarantees.md a change that breaks it, and the test that says so. */

export interface Bite {
  /** What the changed program would do wrong, as docs/guarantees.md lists it. */
  readonly breaks: string;
  readonly file: string;
  /** Occurs once in the file. */
  readonly before: string;
  readonly after: string;
  readonly test: string;
  /** The test's name, or its first words. */
  readonly name: string;
}

export const bites: readonly Bite[] = [
  {
    breaks: 'waiting statements are not looked for',
    file: 'src/engines/mysql/open-work.ts',
    before: '!inTransaction.has(process.id) && mayStamp(process)',
    after: '!inTransaction.has(process.id) && mayStamp(process) && false',
    test: 'test/extract/races.test.ts',
    name: 'a statement that stamped its row and waits for a lock is not lost',
  },
  {
    breaks: 'a time mark may lie above the stamps of waiting statements',
    file: 'src/extract/marks.ts',
    before: 'waitingSince !== undefined && waitingSince < clock ? waitingSince : clock',
    after: 'clock',
    test: 'test/extract/races.test.ts',
    name: 'nor is it when its transaction, once it got the lock, looks younger than its stamp',
  },
  {
    breaks: 'the record carries the clock of before the read',
    file: 'src/extract/extract.ts',
    before: 'const endedAt = await database.clock();',
    after: 'const endedAt = view.limit;',
    test: 'test/extract/watermark.test.ts',
    name: 'no row is lost, however late it commits and however long it waited for a lock (a timestamp)',
  },
  {
    breaks: 'a cursor in the future becomes the mark',
    file: 'src/extract/extract.ts',
    before: 'const cap = capOf(view, cursor);',
    after: 'const cap = undefined;',
    test: 'test/extract/extract.test.ts',
    name: 'a cursor in the future is delivered and warned of, and does not become the mark',
  },
  {
    breaks: "a replica's lag is not taken off",
    file: 'src/extract/extract.ts',
    before: '(view.open.lagSeconds ?? 0) * 1000',
    after: '0',
    test: 'test/extract/extract.test.ts',
    name: "what a replica's lag adds to the lookback is read again",
  },
  {
    breaks: 'the primary of a replica is not asked',
    file: 'src/engines/mysql/source.ts',
    before: 'primary ? listOnPrimary(primary, withOne)',
    after: 'primary === withOne ? listOnPrimary(primary, withOne)',
    test: 'test/extract/replica.test.ts',
    name: 'with its primary named, a row stamped before a read and committed there after it is not lost',
  },
  {
    breaks: 'a first load is not caught up',
    file: 'src/run/read-connection.ts',
    before: "if (record === undefined || view.open.protection === 'exclusive') return loaded;",
    after: 'if (record !== view) return loaded;',
    test: 'test/e2e/one-moment.test.ts',
    name: 'a first load into duckdb is caught up to one moment before anything is tested',
  },
  {
    breaks: 'each source is read from a snapshot of its own',
    file: 'src/run/read-connection.ts',
    before: '? readFromView(context, session, database, step, view, attempt)',
    after: '? readSource(context, databases, step)',
    test: 'test/e2e/one-moment.test.ts',
    name: 'an incremental read into duckdb is of one snapshot: what comes meanwhile waits, whole',
  },
  {
    breaks: 'a lost first load begins again',
    file: 'src/extract/go-on.ts',
    before: "if (error.code === 'SCHEMA_CHANGE' || after === undefined",
    after: "if (error.code !== 'SCHEMA_CHANGE' || after === undefined",
    test: 'test/e2e/lost-connection.test.ts',
    name: 'into duckdb',
  },
  {
    breaks: 'values of a new column are not read',
    file: 'src/load/staging.ts',
    before: 'if (backfilled.length === 0) return rows;',
    after: 'if (backfilled.length >= 0) return rows;',
    test: 'test/e2e/new-column.test.ts',
    name: 'into duckdb: all rows get its values, of which only key and column are read again',
  },
  {
    breaks: 'a key read twice is put in twice',
    file: 'src/load/staging.ts',
    before: 'if (twice.length === 0) return read;',
    after: 'if (twice.length >= 0) return read;',
    test: 'test/load/staging.test.ts',
    name: 'a key that one read brings twice is there once, as last read',
  },
  {
    breaks: 'a change is said of where a row went, not of where it was',
    file: 'src/transform/dirty.ts',
    before: 'const before = beforeColumn(mapping.column);',
    after: 'const before = afterColumn(mapping.column);',
    test: 'test/e2e/partition.test.ts',
    name: 'a row that moved over several days in several runs dirties all of them for a consumer that slept',
  },
];
