/** Reads one source into its work tables, tried again where an error may pass. */
import type { Dialect, Session, SourceDatabase } from '../engines/contract.js';
import { hasIntegerLead } from '../engines/ranges.js';
import type { Column } from '../engines/types.js';
import { EtlError, toEtlError, withDetails } from '../errors.js';
import { type Extracted, type ExtractRequest, extractSource } from '../extract/extract.js';
import type { Loader } from '../extract/load-rows.js';
import type { LookedAhead } from '../extract/marks.js';
import { compareVersions } from '../load/compare-versions.js';
import { areKeysInMemory, findGoneKeys } from '../load/gone-keys.js';
import { KeysBeside } from '../load/keys-beside.js';
import { purgedWhen } from '../load/purged.js';
import { findUnreadKeys } from '../load/unread-keys.js';
import { backfillTableOf, comparedTableOf, keysTableOf } from '../load/work-tables.js';
import type { Source } from '../pipeline/types.js';
import type { PlanStep } from '../plan/types.js';
import { utcText } from './clock.js';
import { explainComparison } from './comparison.js';
import type { RunContext } from './context.js';
import { inSession } from './open-run.js';
import { purgedBefore } from './purged-before.js';
import { Retries, withRetries } from './retry.js';
import { retryOptions } from './retry-options.js';
import { connectionOf, type SourceDatabases } from './source-databases.js';
import { stagingSide } from './staging-side.js';
import { longestTransactionMs } from './throttled.js';

/** What one source brought, waiting in its work tables. */
export interface SourceRead {
  readonly source: Source;
  readonly extracted: Extracted;
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
}

/** Reads one source from a view of its own. Errors carry the step's name and place. */
export async function readSource(
  context: RunContext,
  databases: SourceDatabases,
  step: PlanStep,
  looked?: LookedAhead,
): Promise<SourceRead> {
  const source = sourceOf(context, step);
  const startedAt = new Date();
  tellStart(context, step, startedAt);
  return retried(context, step.step, async (attempt) => {
    const database = await databases.open(source);
    const extracted = await inCancellableSession(context, async (session) => {
      const stored = await storedColumns(session, [step]);
      return readInto(context, { session, database, stored }, step, (request) =>
        extractSource(request, attempt === 1 ? looked : undefined),
      );
    });
    return { source, extracted, attempt, startedAt, durationMs: Date.now() - startedAt.getTime() };
  });
}

/** Quoted name of the table that the rows of a read are in. */
export function loadedTable(dialect: Dialect, { source, extracted }: Pick<SourceRead, 'source' | 'extracted'>): string {
  const { keyed } = extracted;
  return keyed === undefined ? dialect.workTable(source.table) : dialect.identifier(keyed.table);
}

export function sourceOf({ project }: RunContext, step: PlanStep): Source {
  const source = project.sources.get(step.step);
  if (source === undefined) throw new EtlError('INTERNAL', `no source is called ${step.step}`);
  return source;
}

export function tellStart({ emit }: RunContext, step: PlanStep, startedAt: Date): void {
  emit({ type: 'step-started', step: step.step, action: step.action, at: startedAt.toISOString() });
}

/** Tries a read again where an error may pass. @param step named in the retry's event where the error names none */
export function retried<T>(context: RunContext, step: string, work: (attempt: number) => Promise<T>): Promise<T> {
  return withRetries((attempt) => namingStep(context, step, () => work(attempt)), retryOptions(context, step));
}

/** Errors of `work` carry the step's name and place. */
export async function namingStep<T>({ project }: RunContext, step: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw withDetails(toEtlError(thrown), { step, where: project.sources.get(step)?.where });
  }
}

/** A session of the warehouse whose statement an abort cancels. */
export function inCancellableSession<T>(context: RunContext, work: (session: Session) => Promise<T>): Promise<T> {
  const { warehouse, signal } = context;
  return inSession(warehouse, async (session) => {
    const onAbort = () => void session.cancel().catch(() => undefined);
    signal.addEventListener('abort', onAbort);
    try {
      return await work(session);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  });
}

/** Table -> its columns in the warehouse, of those whose changes are to be read. */
export type StoredColumns = ReadonlyMap<string, readonly Column[]>;

/** All at once: a transaction sees one catalog, which is then asked but once. */
export async function storedColumns(session: Session, steps: readonly PlanStep[]): Promise<StoredColumns> {
  const stored = new Map<string, readonly Column[]>();
  await session.begin();
  for (const { step } of steps.filter(({ action }) => action === 'read')) {
    const relation = await session.columns(step);
    if (relation !== undefined) stored.set(step, relation.columns);
  }
  await session.commit();
  return stored;
}

export interface ReadParts {
  readonly session: Session;
  readonly database: SourceDatabase;
  readonly stored: StoredColumns;
}

/** Reads one source by `extract`, with the journal's records and into the source's work tables. */
export async function readInto(
  context: RunContext,
  { session, database, stored: storedOf }: ReadParts,
  step: PlanStep,
  extract: (request: ExtractRequest) => Promise<Extracted>,
): Promise<Extracted> {
  const { state, engine } = context;
  const source = sourceOf(context, step);
  const { table } = source;
  const loader = (workTable: string) => loaderOf(session, workTable, database.engine === engine);
  const { memoryForKeys } = engine.capabilities;
  const shape = storedOf.get(table);
  const records = state.watermarks.get(table) ?? [];
  const stored = shape ?? [];
  const since = purgedBefore(source, context.startedAt);
  const side = (columns: readonly Column[], rowsRead: number, content: 'key' | 'row') =>
    stagingSide(session, engine.dialect, {
      ...{ source, table: engine.dialect.identifier(table), stored, columns, content, since },
      ...{ waiting: table, rowsRead },
    });
  const spared = purgedWhen(engine.dialect, source, since);
  let beside: KeysBeside | undefined;
  const known = stored.filter(({ isGone }) => isGone !== true).map(({ name }) => name);
  const extracted = await extract({
    ...commonRequest(context, source),
    ...loader(table),
    database,
    records,
    mode: step.action === 'read' ? 'incremental' : 'whole',
    knownColumns: shape && known,
    detect: {
      isDue: step.detect === true,
      keys: loader(keysTableOf(table)),
      since,
      staging: side,
      isReadSooner: memoryForKeys !== undefined,
      areReadAtOnce: async (columns) =>
        memoryForKeys !== undefined &&
        !hasIntegerLead(columns, source.key) &&
        areKeysInMemory(session, engine.dialect, table, memoryForKeys),
      beside: (columns) => {
        if (session.read === undefined || shape === undefined || hasIntegerLead(columns, source.key)) return undefined;
        beside = new KeysBeside({ session, dialect: engine.dialect, source, stored, spared });
        return beside;
      },
      compareKeys: async (columns, withGone) => {
        if (beside?.isGivenUp === false) return beside.findings(columns, withGone);
        if (withGone && memoryForKeys !== undefined) return findGoneKeys(session, engine.dialect, source, columns);
        return findUnreadKeys(session, engine.dialect, source, columns);
      },
      versions: {
        holds: ({ name, type }) => stored.some((column) => column.name === name && column.type.kind === type.kind),
        compare: (columns, cursor, ranges) =>
          compareVersions(session, engine.dialect, { source, columns, stored, ranges, cursor, spared }),
      },
    },
    compare:
      step.compare === undefined
        ? undefined
        : {
            rows: loader(comparedTableOf(table)),
            since,
            known,
            staging: (columns, rowsRead) => side(columns, rowsRead, 'row'),
          },
    // An append-only source never changes a row: its staging is built anew, with all rows as they are now.
    backfill: source.appendOnly ? undefined : loader(backfillTableOf(table)),
    endurance: {
      newRetries: () => new Retries(retryOptions(context, table)),
      longestTransactionMs: longestTransactionMs(context, connectionOf(context, source)),
    },
  });
  const { compared } = extracted;
  if (compared !== undefined) {
    const found = { rows: extracted.rows, compared };
    const comparison = await explainComparison(context, session, source, found, { stored, since });
    context.emit({ type: 'compared', comparison });
  }
  const isSearched = extracted.whole || extracted.detected !== undefined;
  const detectedAt = isSearched ? utcText(context.startedAt) : records.at(-1)?.detectedAt;
  return { ...extracted, record: extracted.record && { ...extracted.record, detectedAt } };
}

/** What every read of a source is told. */
export function commonRequest({ config, batch, signal, emit }: RunContext, source: Source) {
  const { batchRows, batchBytes } = config.run;
  return {
    source,
    batch,
    settings: { batchRows, batchBytes },
    signal,
    onProgress: (rows: number, bytes: number) => emit({ type: 'step-progress', step: source.table, rows, bytes }),
    onCompared: (rows: number) => emit({ type: 'compare-progress', step: source.table, rows }),
    onWarning: (message: string) => emit({ type: 'warning', step: source.table, message }),
  };
}

/** What fills a work table: row by row, or straight from a database that the warehouse can attach or is beside. */
export function loaderOf(session: Session, workTable: string, attaches: boolean): Loader {
  const load: Loader['load'] = (columns, batches, uniqueKey) => session.load(workTable, columns, batches, uniqueKey);
  if (!attaches) return { load };
  return {
    load,
    copy: session.copy && (async (columns, table, onCopied) => session.copy?.(workTable, columns, table, onCopied)),
    loadAttached: (columns, attachment, select) => session.loadAttached(workTable, columns, attachment, select),
  };
}
