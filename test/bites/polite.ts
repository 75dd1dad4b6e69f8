/** Changes that break what docs/guarantees.md promises under "Polite to production". */
import type { Bite } from './bites.js';

export const polite: readonly Bite[] = [
  {
    promise: 'Reads take no lock on rows or tables',
    breaks: 'reads lock the rows that they read',
    file: 'src/engines/mysql/read-snapshot.ts',
    before: '? selectRows(plan, read, from, after) :',
    after: '? `${selectRows(plan, read, from, after)} LOCK IN SHARE MODE` :',
    test: 'test/engines/mysql/read-load.test.ts',
    name: 'a read takes no lock on rows or tables',
  },
  {
    promise: '`rows_per_second` holds over all parallel reads',
    breaks: 'each parallel read has the whole rate',
    file: 'src/extract/pace.ts',
    before: 'this.#freeAt = turn +',
    after: 'this.#freeAt = now +',
    test: 'test/extract/pace.test.ts',
    name: 'the rate holds over all parallel reads together',
  },
  {
    promise: 'Reading pauses while the server or its replicas are busy',
    breaks: 'a read does not pause before its snapshot',
    file: 'src/extract/paced.ts',
    before: '    snapshot: async () => {\n      await ready();\n',
    after: '    snapshot: async () => {\n',
    test: 'test/extract/paced.test.ts',
    name: 'a pause comes before the snapshot',
  },
  {
    promise: 'No run begins in quiet hours',
    breaks: 'a run begins in quiet hours',
    file: 'src/run/quiet-hours.ts',
    before: 'if (ignoreQuietHours) return;',
    after: 'if (!ignoreQuietHours) return;',
    test: 'test/e2e/polite.test.ts',
    name: 'in quiet hours a run does not begin',
  },
  {
    promise: "Statements carry the run's id",
    breaks: 'statements bear no comment',
    file: 'src/engines/mysql/connect.ts',
    before: "settings.label === '' ? ''",
    after: "settings.label !== '' ? ''",
    test: 'test/e2e/polite.test.ts',
    name: 'what a run asks of either server carries its id, which the process list shows',
  },
  {
    promise: 'Readers of a DuckDB warehouse are never locked out',
    breaks: 'the copy for readers is written in place',
    file: 'src/engines/duckdb/publish-copy.ts',
    before: 'await rename(temporary, target);',
    after: 'await copyFile(temporary, target);',
    test: 'test/e2e/publish-copy.test.ts',
    name: 'what a reader has open never changes',
  },
];
