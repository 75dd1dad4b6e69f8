/** What the last run has left undone, for `run --resume`. */
import { EtlError } from '../errors.js';
import { listRuns, listSteps } from '../journal/read.js';
import { journalVersionOf } from '../journal/tables.js';
import type { RunRow } from '../journal/types.js';
import { readChangedDefinitions } from '../run/changed-definitions.js';
import type { Selection } from '../run/options.js';
import { say } from './common.js';
import type { OpenedProject } from './project.js';
import type { RunArguments } from './run.js';
import { withReader } from './warehouse.js';

export interface RestOfRun {
  readonly selection: Selection;
  readonly asOf: string;
}

/** Undefined, which is said, where the last run succeeded. Errors: USAGE where there is nothing to go on with. */
export function restOfLastRun(flags: RunArguments, { config, project }: OpenedProject): Promise<RestOfRun | undefined> {
  refuseFlags(flags);
  return withReader(config, async (session, engine) => {
    const { dialect } = engine;
    const isEmpty = (await journalVersionOf(session, dialect)) === undefined;
    const runs = isEmpty ? [] : await listRuns(session, dialect, { limit: lookedAt });
    const last = runs.find(({ trigger }) => !besideRuns.includes(trigger));
    if (last === undefined) throw new EtlError('USAGE', '--resume: there has been no run yet');
    if (last.status === 'succeeded') {
      say(`run ${last.batch} succeeded: there is nothing to go on with`);
      return undefined;
    }
    const { fullRefresh, reload, detect, asOf, steps } = stepwiseFlags(last);
    const ended = await listSteps(session, dialect, [last.runId]);
    const done = new Set(
      ended.filter(({ status }) => status === 'succeeded' || status === 'skipped').map(({ step }) => step),
    );
    const changed = await readChangedDefinitions(session, engine, config, project);
    const isLeft = (table: string) => steps.includes(table) && (!done.has(table) || changed.has(table));
    const left = project.order.filter(isLeft);
    const { pipelines, batch } = last;
    const resume = { batch, steps: left };
    return { selection: { pipelines, withUpstreams: false, fullRefresh, reload, detect, resume }, asOf };
  });
}

/** Runs that nobody goes on with. */
const besideRuns = ['reconcile', 'backfill', 'demo'];
const lookedAt = 1000;

function stepwiseFlags({ flags, batch }: RunRow) {
  if (flags?.atomicity === 'step') return flags;
  const why =
    flags === undefined
      ? 'was made by an older chat-etl'
      : 'was to publish all or nothing, so nothing of it was published';
  throw new EtlError('USAGE', `--resume: run ${batch} ${why}`, {
    hint: 'the same command as then does its work again',
  });
}

function refuseFlags(flags: RunArguments): void {
  const { pipeline, select, exclude, reload, detect, asOf, fullRefresh, noDeps, dryRun } = flags;
  const given = [pipeline, select, exclude, reload, detect, asOf].some((value) => value !== undefined);
  if (!given && !fullRefresh && !noDeps && !dryRun) return;
  throw new EtlError('USAGE', '--resume goes on with the flags of the last run, and takes no other');
}
