/** For each promise of docs/guarantees.md a change that breaks it, and the test that says so. */
import { deleted } from './deleted.js';
import { lateCommits } from './late-commits.js';
import { oneMoment } from './one-moment.js';
import { polite } from './polite.js';
import { rebuilt } from './rebuilt.js';
import { staging } from './staging.js';
import { workbench } from './workbench.js';

export interface Bite {
  /** The first column of the promise's row in docs/guarantees.md. */
  readonly promise: string;
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

/** In the order of the page's sections; one file each. */
export const bites: readonly Bite[] = [
  ...lateCommits,
  ...oneMoment,
  ...staging,
  ...deleted,
  ...rebuilt,
  ...polite,
  ...workbench,
];
