/** Changes that break what docs/guarantees.md promises under "All sources are of one moment". */
import type { Bite } from './bites.js';

export const oneMoment: readonly Bite[] = [
  {
    promise: 'No fact points at a user that staging lacks',
    breaks: 'a first load is not caught up',
    file: 'src/run/read-connection.ts',
    before: "if (record === undefined || view.open.protection === 'exclusive') return loaded;",
    after: 'if (record !== view) return loaded;',
    test: 'test/e2e/one-moment.test.ts',
    name: 'a first load into duckdb is caught up to one moment before anything is tested',
  },
  {
    promise: 'No fact points at a user that staging lacks',
    breaks: 'each source is read from a snapshot of its own',
    file: 'src/run/read-connection.ts',
    before: '? readFromView(context, { session, database, stored }, step, view, attempt)',
    after: '? readSource(context, databases, step)',
    test: 'test/e2e/one-moment.test.ts',
    name: 'an incremental read into duckdb is of one snapshot: what comes meanwhile waits, whole',
  },
  {
    promise: 'No fact points at a user that staging lacks',
    breaks: 'what is deleted since a first load stays',
    file: 'src/run/read-connection.ts',
    before: 'const isSearched = isLookedFor && ',
    after: 'const isSearched = !isLookedFor && ',
    test: 'test/e2e/one-moment.test.ts',
    name: 'a row deleted since its first load into duckdb leaves with what it pointed at',
  },
  {
    promise: 'No fact points at a user that staging lacks',
    breaks: 'a delete that was under way when a first load began is not thought of',
    file: 'src/run/deleted-meanwhile.ts',
    before: 'return !isKnown || before',
    after: 'return before',
    test: 'test/e2e/one-moment.test.ts',
    name: 'a delete that had been done and not committed when a first load began is seen too',
  },
  {
    promise: 'A first load that loses its connection reads nothing twice',
    breaks: 'a lost first load begins again',
    file: 'src/extract/go-on.ts',
    before: "if (error.code === 'SCHEMA_CHANGE' || this.#after === undefined",
    after: "if (error.code !== 'SCHEMA_CHANGE' || this.#after === undefined",
    test: 'test/e2e/long-reads.test.ts',
    name: 'one that loses its connection twice, into duckdb',
  },
  {
    promise: 'Several connections that read one table bring every row once',
    breaks: 'the last key of each part is left out',
    file: 'src/extract/key-parts.ts',
    before: 'upTo: edges[at],',
    after: 'upTo: edges[at] && edges[at] - 1n,',
    test: 'test/extract/key-parts.test.ts',
    name: 'every value is in one part',
  },
];
