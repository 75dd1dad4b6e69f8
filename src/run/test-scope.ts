/** Over which rows a data test has to run: those that changed where the table passed it as it was, else all. */
import { createHash } from 'node:crypto';
import type { TestFinding } from '../journal/test-results.js';
import { isRowTest } from '../pipeline/data-test.js';
import { keyOf } from '../pipeline/keys.js';
import { looksAtRows } from '../pipeline/row-tests.js';
import type { DataTest } from '../pipeline/types.js';
import type { ChangedRows } from '../transform/changed-tests.js';
import type { StepOutcome } from './apply-step.js';
import type { RunContext } from './context.js';
import type { StepReport } from './events.js';
import type { Targets } from './targets.js';

export interface TestSurroundings {
  readonly context: RunContext;
  readonly targets: Targets;
  /** What the steps of this transaction have done. */
  readonly outcomes: ReadonlyMap<string, StepOutcome>;
  /** By `findingKey`: what tests found before this run. */
  readonly findings: ReadonlyMap<string, TestFinding>;
}

/** Same for the same test, whatever its severity, its place in the file and how many failures it lets pass. */
export function testHash({ severity: _, where: __, atMost: ___, ...definition }: DataTest): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 16);
}

export function findingKey(step: string, test: string): string {
  return `${step} ${test}`;
}

/** `all`, or the rows that can fail the test now. */
export function scopeOf(surroundings: TestSurroundings, step: string, test: DataTest): ChangedRows | 'all' {
  if (!isRowTest(test) || !looksAtRows(test) || !passedBefore(surroundings, step, test)) return 'all';
  const own = changesOf(surroundings, step);
  if (own === 'unknown') return 'all';
  const rows = own === 'none' || own.report.rowsInserted + own.report.rowsUpdated === 0 ? undefined : own.rows;
  if (test.kind !== 'relationship') return { rows, lostTargets: undefined };
  const lostTargets = lostTargetsOf(surroundings, test.toTable, test.toColumn);
  return lostTargets === 'unknown' ? 'all' : { rows, lostTargets };
}

/** True where it found nothing in the tables as they were before this run. */
function passedBefore({ context, findings }: TestSurroundings, step: string, test: DataTest): boolean {
  const before = findings.get(findingKey(step, testHash(test)));
  if (before?.rowsFailed !== 0) return false;
  const tables = test.kind === 'relationship' ? [step, test.toTable] : [step];
  return tables.every((table) => {
    const state = context.state.tables.get(table);
    const isView = context.project.models.get(table)?.model.strategy === 'view';
    return state !== undefined && !isView && before.batch >= state.changedBatch;
  });
}

type Changes = 'none' | 'unknown' | { readonly rows: string; readonly removed: string; readonly report: StepReport };

function changesOf({ targets, outcomes }: TestSurroundings, table: string): Changes {
  const outcome = outcomes.get(table);
  // Had an earlier transaction changed it, the test would not have passed on it as it is.
  if (outcome === undefined) return 'none';
  const target = targets.get(table);
  if (targets.isReshaped(table) || target?.widened === true) return 'unknown';
  const { report, state } = outcome;
  if (state === undefined && report.rowsInserted + report.rowsUpdated + report.rowsDeleted === 0) return 'none';
  const kept = targets.kept(table);
  return kept === undefined ? 'unknown' : { ...kept, report };
}

/** Which values of a column may be gone from a table. */
function lostTargetsOf(
  surroundings: TestSurroundings,
  table: string,
  column: string,
): ChangedRows['lostTargets'] | 'unknown' {
  const { project } = surroundings.context;
  if (surroundings.targets.isReshaped(table)) return 'unknown';
  const isOfKey = keyOf(project, table).includes(column);
  // A history closes rows, and loses none.
  if (isOfKey && project.models.get(table)?.model.strategy === 'snapshot') return undefined;
  const changes = changesOf(surroundings, table);
  if (changes === 'none' || changes === 'unknown') return changes === 'none' ? undefined : 'unknown';
  if (!isOfKey) return 'unknown';
  return changes.report.rowsDeleted === 0 ? undefined : { removed: changes.removed, column };
}
