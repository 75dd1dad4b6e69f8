/** Opens a run: the warehouse, its lease, what the journal knows, and the plan. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Engine, Lease, Session, Warehouse } from '../engines/contract.js';
import { loadEngine } from '../engines/registry.js';
import { EtlError } from '../errors.js';
import { ensureJournal } from '../journal/migrations.js';
import { readState } from '../journal/read.js';
import type { RunFlags } from '../journal/types.js';
import { markInterrupted, startRun } from '../journal/write.js';
import { asksForChanges, selectionText, selectSteps } from '../pipeline/select.js';
import { loggedTables } from '../plan/changes.js';
import { makePlan } from '../plan/plan.js';
import type { Plan } from '../plan/types.js';
import { toolVersion } from '../version.js';
import { asOfText, machineClock } from './clock.js';
import type { RunContext } from './context.js';
import { errorReport } from './error-report.js';
import { listenerOf } from './listener.js';
import { LiveState } from './live-state.js';
import { OpenedEarly } from './opened-early.js';
import type { RunOptions, Selection } from './options.js';
import { refuseInQuietHours } from './quiet-hours.js';
import { withRetries } from './retry.js';
import { openDatabase } from './source-databases.js';
import { loadSourceDrivers, sourceConnections } from './source-drivers.js';

/**
 * Tried again where an error may pass. Errors: QUIET_HOURS, WAREHOUSE_LOCKED, CONNECTION, UNSUPPORTED, DEFINITION; whatever
 * was opened is closed then.
 */
export async function openRun(options: RunOptions, startedAt: Date): Promise<RunContext> {
  const { config, project, selection, signal, onEvent } = options;
  // Which definitions changed is known once the journal is read.
  if (!asksForChanges(selection)) {
    const steps = selection.reconcile?.sources ?? selection.resume?.steps ?? selectSteps(project, selection);
    refuseInQuietHours(options, steps, startedAt.getTime());
  }
  const runId = newRunId(startedAt);
  return withRetries(() => openOnce(options, runId, startedAt), {
    retries: config.run.retries,
    signal,
    onRetry: (error, attempt, waitMs) => {
      const failure = errorReport(error, config, project);
      listenerOf(onEvent).emit({ type: 'step-retry', step: config.run.into, attempt, error: failure, waitMs });
    },
  });
}

async function openOnce(options: RunOptions, runId: string, startedAt: Date): Promise<RunContext> {
  const warehouse = await openWarehouse(options, runId);
  const { engine } = warehouse;
  let lease: Lease | undefined;
  let openedEarly: OpenedEarly | undefined;
  try {
    lease = await warehouse.acquire({ runId, pid: process.pid, host: hostname(), startedAt: startedAt.toISOString() });
    const { config, databases } = options;
    const open = (name: string) => openDatabase({ config, databases, runId }, name);
    openedEarly = new OpenedEarly(sourceConnections(options), open);
    await warehouse.recover();
    await warehouse.checkTimezone(config.timezone);
    const opened = { runId, startedAt, engine, warehouse, lease, openedEarly };
    return await inSession(warehouse, (session) => planRun(options, opened, session));
  } catch (thrown) {
    await closeAll(lease, warehouse, openedEarly).catch(() => undefined);
    throw thrown;
  }
}

async function openWarehouse(options: RunOptions, runId: string): Promise<Warehouse> {
  const { config, databases } = options;
  const settings = { timeoutMs: config.run.timeoutMs, label: `chat-etl ${runId}` };
  if (databases !== undefined) return databases.openWarehouse(settings);
  const { engine, connection } = await warehouseEngine(config);
  const opening = engine.openWarehouse(connection, settings);
  // Another thread, or a server, opens it; meanwhile there is time.
  loadSourceDrivers(options);
  return opening;
}

/** Gives back what `openRun` took. */
export async function closeRun({ lease, warehouse, openedEarly }: RunContext): Promise<void> {
  await closeAll(lease, warehouse, openedEarly);
}

/** A session of its own for the journal: one kept open over a long run might be broken when it is needed. */
export async function inSession<T>(warehouse: Warehouse, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await warehouse.session();
  try {
    return await work(session);
  } finally {
    await session.close().catch(() => undefined);
  }
}

/** The engine of the connection that runs write to. */
export async function warehouseEngine(config: RunOptions['config']) {
  const connection = config.connections[config.run.into];
  if (connection === undefined) throw new EtlError('DEFINITION', `no connection is called '${config.run.into}'`);
  return { engine: await loadEngine(connection.type), connection };
}

interface Opened {
  readonly runId: string;
  readonly startedAt: Date;
  readonly engine: Engine;
  readonly warehouse: Warehouse;
  readonly lease: Lease;
  readonly openedEarly: OpenedEarly;
}

async function planRun(options: RunOptions, opened: Opened, journal: Session): Promise<RunContext> {
  const { config, project, fingerprints, selection, trigger } = options;
  const { engine, startedAt } = opened;
  await ensureJournal(journal, engine.dialect);
  await markInterrupted(journal, engine.dialect);
  const state = new LiveState(await readState(journal, engine.dialect));
  const environment = { macros: project.macros, vars: config.vars, dialect: engine.dialect };
  const asOf = options.asOf ?? asOfText(startedAt, config.timezone);
  const nowMs = startedAt.getTime();
  const plan = makePlan({ project, config, environment, fingerprints, selection, state, asOf, nowMs });
  if (asksForChanges(selection))
    refuseInQuietHours(
      options,
      plan.steps.map(({ step }) => step),
      startedAt.getTime(),
    );
  const batch = state.lastBatch + 1;
  const listener = listenerOf(options.onEvent);
  // A comparison changes nothing and has no place in the journal.
  const isJournaled = selection.reconcile?.mode !== 'report';
  const start = {
    runId: opened.runId,
    batch,
    trigger,
    pipelines: selection.pipelines,
    selection: selectionText(selection),
    flags: flagsOf(selection, plan),
    startedAt: startedAt.toISOString(),
    host: hostname(),
    pid: process.pid,
    toolVersion,
    definitionsHash: plan.definitionsHash,
  };
  if (isJournaled) await startRun(journal, engine.dialect, start);
  return {
    config,
    project,
    selection,
    ...opened,
    environment,
    plan,
    logged: loggedTables(project),
    state,
    batch,
    trigger,
    asOf,
    clock: options.clock ?? machineClock,
    databases: options.databases,
    signal: AbortSignal.any([options.signal, opened.lease.lost, listener.broken]),
    emit: listener.emit,
    reports: [],
    warnings: [],
  };
}

function flagsOf({ fullRefresh, reload, detect = [] }: Selection, { atomicity, asOf, steps }: Plan): RunFlags {
  return { atomicity, fullRefresh, reload, detect, asOf, steps: steps.map(({ step }) => step) };
}

/** Sortable by time, unique by its tail: `20260102T030405-9f3a1c`. */
export function newRunId(startedAt: Date): string {
  const stamp = startedAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

async function closeAll(
  lease: Lease | undefined,
  warehouse: Warehouse,
  openedEarly: OpenedEarly | undefined,
): Promise<void> {
  await openedEarly?.close();
  await lease?.release().catch(() => undefined);
  await warehouse.close();
}
