/** Changes that break what docs/guarantees.md promises under "Around runs". */
import type { Bite } from './bites.js';

export const workbench: readonly Bite[] = [
  {
    promise: '`diff` tells the rows that the next run would write, and writes none',
    breaks: 'what changed under a model counts as it is published',
    file: 'src/diff/aside.ts',
    before: 'changed.has(name) || ',
    after: '',
    test: 'test/e2e/diff.test.ts',
    name: 'what changed under a model is computed aside as well, though its SQL reads it twice',
  },
  {
    promise: 'A backfill that was stopped goes on where it stopped, and leaves no day out',
    breaks: 'a chunk that failed counts as done',
    file: 'src/plan/backfill.ts',
    before: "status !== 'succeeded' || ",
    after: '',
    test: 'test/plan/backfill.test.ts',
    name: 'is left out until it has come to its end',
  },
  {
    promise: '`run --resume` does what a failed stepwise run has left, as that was asked for',
    breaks: 'steps that had succeeded are done again',
    file: 'src/cli/resume.ts',
    before: '(!done.has(table) || changed.has(table))',
    after: 'true',
    test: 'test/e2e/resume.test.ts',
    name: 'the steps that are left are done with the flags and the clock of the failed run, and no others',
  },
];
