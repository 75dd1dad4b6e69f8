/** Reads the sources into work tables that no reader sees; in parallel, each tried again where an error may pass. */
import pLimit from 'p-limit';
import type { OpenSettings, Session, SourceDatabase } from '../engines/contract.js';
import { loadEngine } from '../engines/registry.js';
import { EtlError, toEtlError, withDetails } from '../errors.js';
import { type Extracted, extractSource, type Loader } from '../extract/extract.js';
import { keysTableOf } from '../load/staging.js';
import type { Source } from '../pipeline/types.js';
import type { PlanStep } from '../plan/types.js';
import { utcText } from './clock.js';
import type { RunContext } from './context.js';
import { errorReport } from './error-report.js';
import { withRetries } from './retry.js';

/** What one source brought, waiting in its work table. */
export interface SourceRead {
  readonly source: Source;
  readonly extracted: Extracted;
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
}

/** The source connections of a run, each opened when first used. */
export class SourceDatabases {
  readonly #opened = new Map<string, Promise<SourceDatabase>>();
  readonly #context: RunContext;

  constructor(context: RunContext) {
    this.#context = context;
  }

  open(source: Source): Promise<SourceDatabase> {
    const { config } = this.#context;
    const name = source.connection ?? config.run.from;
    const opened = this.#opened.get(name) ?? this.#connect(name);
    this.#opened.set(name, opened);
    opened.catch(() => this.#opened.delete(name));
    return opened;
  }

  async close(): Promise<void> {
    const databases = await Promise.allSettled(this.#opened.values());
    await Promise.allSettled(databases.map((it) => (it.status === 'fulfilled' ? it.value.close() : undefined)));
  }

  async #connect(name: string): Promise<SourceDatabase> {
    const { config } = this.#context;
    const connection = config.connections[name];
    if (connection === undefined) throw new EtlError('DEFINITION', `no connection is called '${name}'`);
    return (await loadEngine(connection.type)).openSource(connection, openSettings(this.#context));
  }
}

export function openSettings({ config, runId }: Pick<RunContext, 'config' | 'runId'>): OpenSettings {
  return { timeoutMs: config.run.timeoutMs, label: `chat-etl ${runId}` };
}

/** Reads all sources of the plan, `parallel` at once. The first failure cancels the others. */
export async function extractSources(context: RunContext): Promise<ReadonlyMap<string, SourceRead>> {
  const steps = context.plan.steps.filter((step) => step.kind === 'source');
  const databases = new SourceDatabases(context);
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const limit = pLimit(context.config.run.parallel);
  try {
    const reads = await Promise.allSettled(
      steps.map((step) =>
        limit(async () => {
          try {
            return await readSource({ ...context, signal }, databases, step);
          } catch (thrown) {
            failed.abort(new EtlError('CANCELLED', 'another source failed'));
            throw thrown;
          }
        }),
      ),
    );
    throwFirstCause(reads);
    return new Map(
      reads.flatMap((read) => (read.status === 'fulfilled' ? [[read.value.source.table, read.value]] : [])),
    );
  } finally {
    await databases.close();
  }
}

/** Reads one source, tried again where an error may pass. */
export async function readSource(context: RunContext, databases: SourceDatabases, step: PlanStep): Promise<SourceRead> {
  const { config, project, emit, signal } = context;
  const source = project.sources.get(step.step);
  if (source === undefined) throw new EtlError('INTERNAL', `no source is called ${step.step}`);
  const startedAt = new Date();
  emit({ type: 'step-started', step: step.step, action: step.action, at: startedAt.toISOString() });
  try {
    return await withRetries(
      async (attempt) => {
        const extracted = await extractOnce(context, await databases.open(source), source, step);
        return { source, extracted, attempt, startedAt, durationMs: Date.now() - startedAt.getTime() };
      },
      {
        retries: config.run.retries,
        signal,
        onRetry: (error, attempt, waitMs) =>
          emit({ type: 'step-retry', step: step.step, attempt, error: errorReport(error, config, project), waitMs }),
      },
    );
  } catch (thrown) {
    throw withDetails(toEtlError(thrown), { step: step.step, where: source.where });
  }
}

async function extractOnce(
  context: RunContext,
  database: SourceDatabase,
  source: Source,
  step: PlanStep,
): Promise<Extracted> {
  const { config, warehouse, engine, state, batch, signal, emit, startedAt } = context;
  const session = await warehouse.session();
  const onAbort = () => void session.cancel().catch(() => undefined);
  signal.addEventListener('abort', onAbort);
  try {
    const shape = step.action === 'read' ? await session.columns(source.table) : undefined;
    const records = state.watermarks.get(source.table) ?? [];
    const extracted = await extractSource({
      source,
      database,
      records,
      mode: step.action === 'read' ? 'incremental' : 'whole',
      knownColumns: shape?.columns.map((column) => column.name),
      batch,
      settings: { batchRows: config.run.batchRows, batchBytes: config.run.batchBytes },
      ...loaderOf(session, source.table, database.engine === engine),
      keys: step.detect === true ? loaderOf(session, keysTableOf(source.table), database.engine === engine) : undefined,
      signal,
      onProgress: (rows, bytes) => emit({ type: 'step-progress', step: source.table, rows, bytes }),
      onWarning: (message) => emit({ type: 'warning', step: source.table, message }),
    });
    const compared = extracted.whole || extracted.keysRead !== undefined;
    const detectedAt = compared ? utcText(startedAt) : records.at(-1)?.detectedAt;
    return { ...extracted, record: extracted.record && { ...extracted.record, detectedAt } };
  } finally {
    signal.removeEventListener('abort', onAbort);
    await session.close();
  }
}

/** What fills a work table: row by row, or straight from a database that the warehouse can attach. */
function loaderOf(session: Session, workTable: string, attaches: boolean): Loader {
  const load: Loader['load'] = (columns, batches) => session.load(workTable, columns, batches);
  if (!attaches) return { load };
  return {
    load,
    loadAttached: (columns, attachment, select) => session.loadAttached(workTable, columns, attachment, select),
  };
}

/** Sources that were cancelled because another one failed are not the news. */
function throwFirstCause(reads: readonly PromiseSettledResult<unknown>[]): void {
  const errors = reads.flatMap((read) => (read.status === 'rejected' ? [toEtlError(read.reason)] : []));
  const cause = errors.find((error) => error.code !== 'CANCELLED') ?? errors[0];
  if (cause !== undefined) throw cause;
}
