/** Which notice the outcome of a run calls for, and its sending. */

import type { Config } from '../config/types.js';
import type { EtlError } from '../errors.js';
import { listRuns } from '../journal/read.js';
import { journalVersionOf } from '../journal/tables.js';
import { type Notice, notify } from '../report/notify.js';
import type { RunReport } from '../run/events.js';
import { withWarehouse } from './warehouse.js';

/** Sends what the outcome calls for; warnings about notices that could not be sent. Never throws. */
export async function noticeAfterRun(config: Config, report: RunReport): Promise<readonly string[]> {
  const notice = await noticeFor(config, report);
  return notice === undefined ? [] : sendNotice(config, notice);
}

export function sendNotice(config: Config, notice: Notice): Promise<readonly string[]> {
  return notify(config.notify, notice, { secrets: config.secrets, folder: config.root });
}

/** Another run is at work, or it was not the time for one: that is no failure. */
const keptOut = ['WAREHOUSE_LOCKED', 'QUIET_HOURS'];

async function noticeFor(config: Config, report: RunReport): Promise<Notice | undefined> {
  const wanted = (kind: Notice['kind']) => config.notify.some(({ on }) => on.includes(kind));
  if (report.status === 'failed' && !keptOut.includes(report.error?.code ?? '')) {
    return wanted('failure') ? failureNotice(report) : undefined;
  }
  // A repair of rows says nothing of whether runs go well again.
  if (report.status !== 'succeeded' || report.trigger === 'reconcile' || !wanted('recovery')) return undefined;
  return (await runBeforeFailed(config, report)) ? recoveryNotice(report) : undefined;
}

function failureNotice(report: RunReport): Notice {
  const failed = report.steps.filter(({ status }) => status === 'failed').map(({ step }) => step);
  const what = failed.length === 0 ? '' : ` in ${failed.join(', ')}`;
  const { error } = report;
  return {
    kind: 'failure',
    text: `chat-etl run ${report.batch} failed${what}: ${error?.message ?? 'see the log file'}`,
    ...factsOf(report),
    failedSteps: failed,
    ...(error === undefined ? {} : { error: errorFacts(error) }),
  };
}

/** For what went wrong before there was a run, such as definitions with mistakes. */
export function failureWithoutRun({ code, message }: EtlError): Notice {
  const text = `chat-etl could not begin a run: ${message}`;
  return { kind: 'failure', text, at: new Date().toISOString(), error: { code, message } };
}

function errorFacts({ code, message, where }: NonNullable<RunReport['error']>): NonNullable<Notice['error']> {
  return { code, message, ...(where === undefined ? {} : { where }) };
}

function recoveryNotice(report: RunReport): Notice {
  return { kind: 'recovery', text: `chat-etl run ${report.batch} succeeded again`, ...factsOf(report) };
}

function factsOf({ runId, batch, pipelines }: RunReport) {
  return { at: new Date().toISOString(), runId, batch, pipelines };
}

/** Cancelled runs and repairs say nothing about health and are passed over. */
async function runBeforeFailed(config: Config, report: RunReport): Promise<boolean> {
  try {
    return await withWarehouse(config, async (session, dialect) => {
      if ((await journalVersionOf(session, dialect)) === undefined) return false;
      const runs = await listRuns(session, dialect, { limit: 20 });
      const before = runs.find(
        ({ batch, status, trigger }) => batch < report.batch && status !== 'cancelled' && trigger !== 'reconcile',
      );
      return before?.status === 'failed' || before?.status === 'interrupted';
    });
  } catch {
    // The run itself went well; a warehouse that another process opened meanwhile costs a notice, no more.
    return false;
  }
}
