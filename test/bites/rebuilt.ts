/** Changes that break what docs/guarantees.md promises under "Incremental equals rebuilt". */
import type { Bite } from './bites.js';

export const rebuilt: readonly Bite[] = [
  {
    promise: 'Every model equals its rebuild, whatever was written, redefined, skipped, failed or killed',
    breaks: 'a change is said of where a row went, not of where it was',
    file: 'src/transform/dirty.ts',
    before: 'const before = beforeColumn(mapping.column);',
    after: 'const before = afterColumn(mapping.column);',
    test: 'test/e2e/partition.test.ts',
    name: 'a row that moved over several days in several runs dirties all of them for a consumer that slept',
  },
  {
    promise: 'Every model equals its rebuild, whatever was written, redefined, skipped, failed or killed',
    breaks: "a model's position is a batch too far",
    file: 'src/run/apply-model.ts',
    before: '{ batch: context.batch, fingerprint: state.tables',
    after: '{ batch: context.batch + 1, fingerprint: state.tables',
    test: 'test/e2e/partition.test.ts',
    name: 'a row that moved over several days in several runs dirties all of them for a consumer that slept',
  },
  {
    promise: 'A run is all or nothing',
    breaks: "another run's token is not looked at before the commit",
    file: 'src/engines/mysql/lease.ts',
    before: 'if (String(row?.token) !== this.#taken.token) {',
    after: 'if (row === undefined) {',
    test: 'test/engines/mysql/lease.test.ts',
    name: 'a run that was paused past its lease cannot commit, even where its connections were not killed',
  },
  {
    promise: 'A commit whose answer is lost is told as it was',
    breaks: 'a commit whose answer was lost is done again',
    file: 'src/run/commit-outcome.ts',
    before: 'if (await hasPassed(context, step, error)) return false;',
    after: 'if (hasPassed.length === 0) return false;',
    test: 'test/faults/connection.test.ts',
    name: 'after it has committed, and before it says so, has succeeded: the work is not done twice',
  },
  {
    promise: 'Connections that are cut, halved or silent lose and double nothing',
    breaks: 'a key read twice is put in twice',
    file: 'src/load/staging.ts',
    before: 'if (twice.length === 0) return read;',
    after: 'if (twice.length >= 0) return read;',
    test: 'test/load/staging.test.ts',
    name: 'a key that one read brings twice is there once, as last read',
  },
  {
    promise: 'Limits and missing rights end a run cleanly and are named; what may pass is tried again',
    breaks: 'local_infile that is off is not said',
    file: 'src/engines/mysql/warehouse.ts',
    before: '=== 1 ? [] : [insertsInsteadOfFiles]',
    after: '=== 1 ? [] : [insertsInsteadOfFiles].slice(1)',
    test: 'test/faults/limits.test.ts',
    name: 'local_infile off is said once a run with its remedy, and the rows come by INSERT',
  },
];
