/** Compares sources with staging, or has a run repair what differs, and prints what was found. */
import type { SkippedComparison } from '../plan/types.js';
import { paintFor } from '../report/paint.js';
import { formatReconciliation } from '../report/reconciliation.js';
import { terminalReporter } from '../report/terminal.js';
import { rowsDiffering, type SourceComparison } from '../run/comparison.js';
import type { RunEvent, RunReport } from '../run/events.js';
import type { RunOptions, Selection } from '../run/options.js';
import { compareSources } from '../run/reconcile.js';
import { printData, printJson, say } from './common.js';
import { exitCodeOf, exitCodes } from './exit.js';
import { catchInterrupt } from './interrupt.js';
import type { OpenedProject } from './project.js';
import type { ReconcileArguments } from './reconcile.js';
import { runWithReports } from './run-once.js';
import { sourceTable } from './selection.js';
import { withProject } from './with-project.js';

interface Reconciliation {
  /** By step; a read that was tried again compares again. */
  readonly comparisons: readonly SourceComparison[];
  readonly skipped: readonly SkippedComparison[];
  /** Of a repair. */
  readonly run: RunReport | undefined;
}

/** 0 where nothing differs or all was repaired, 1 where differences are left; that of the run where a repair failed. */
export function reconcileFromCommandLine(flags: ReconcileArguments): Promise<number> {
  return withProject(flags, async (opened) => {
    const selection = selectionOf(flags, opened);
    const interrupt = catchInterrupt();
    try {
      const found = await reconcile(opened, flags, selection, interrupt.signal);
      print(found, flags);
      if (found.run !== undefined) return exitCodeOf(found.run);
      return found.comparisons.some((one) => rowsDiffering(one) > 0) ? exitCodes.failed : exitCodes.ok;
    } finally {
      interrupt.release();
    }
  });
}

function selectionOf({ sources = [], repair }: ReconcileArguments, { project }: OpenedProject): Selection {
  const tables = sources.length === 0 ? [...project.sources.keys()] : sources.map((name) => sourceTable(name, project));
  const mode = repair ? 'repair' : 'report';
  const reconciled = { sources: [...new Set(tables)], mode } as const;
  return { pipelines: [], withUpstreams: false, fullRefresh: false, reload: [], reconcile: reconciled };
}

async function reconcile(
  opened: OpenedProject,
  flags: ReconcileArguments,
  selection: Selection,
  signal: AbortSignal,
): Promise<Reconciliation> {
  const comparisons = new Map<string, SourceComparison>();
  let skipped: readonly SkippedComparison[] = [];
  const onEvent = (event: RunEvent) => {
    if (event.type === 'compared') comparisons.set(event.comparison.step, event.comparison);
    if (event.type === 'run-started') skipped = event.plan.skipped ?? [];
  };
  const { ignoreQuietHours } = flags;
  const request = { selection, asOf: undefined, ignoreQuietHours, trigger: 'reconcile', signal };
  if (flags.repair) {
    const run = await runWithReports(opened, flags, { ...request, onEvent });
    return { comparisons: [...comparisons.values()], skipped, run };
  }
  const { secrets } = opened.config;
  const format = flags.logFormat ?? 'text';
  const reporter = await terminalReporter(process.stderr, { format, quiet: flags.quiet, secrets, now: Date.now });
  const options: RunOptions = {
    ...opened,
    ...request,
    onEvent: (event) => {
      onEvent(event);
      reporter.onEvent(event);
    },
  };
  try {
    skipped = await compareSources(options);
  } finally {
    reporter.close();
  }
  return { comparisons: [...comparisons.values()], skipped, run: undefined };
}

function print({ comparisons, skipped, run }: Reconciliation, flags: ReconcileArguments): void {
  if (flags.json) printJson({ sources: comparisons, skipped, ...(run === undefined ? {} : { run }) });
  else if (run === undefined || run.status === 'succeeded') {
    const isRepaired = run !== undefined;
    printData(formatReconciliation({ comparisons, skipped, isRepaired }, paintFor(process.stdout)));
  } else say(`nothing was repaired: ${run.error?.message ?? run.status}`);
}
