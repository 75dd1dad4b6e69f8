/**
 * Reads the sources of one connection as of one moment: first loads side by side, each from a view of its own; then what
 * changed, and what changed since those loads, from one view, one source after the other. So no row that one source brings
 * points at a row that another had not brought yet.
 */
import type { Session, SourceDatabase } from '../engines/contract.js';
import { EtlError, toEtlError } from '../errors.js';
import { type Extracted, extractFrom } from '../extract/extract.js';
import { type SourceView, withView } from '../extract/marks.js';
import { zeroDatesArrived } from '../extract/odd-values.js';
import { isAnotherTable } from '../extract/regressed.js';
import { toSourceRead } from '../extract/source-read.js';
import type { WatermarkRecord } from '../extract/watermark.js';
import { catchUpTableOf } from '../load/work-tables.js';
import type { PlanStep } from '../plan/types.js';
import type { RunContext } from './context.js';
import { deletesSince, mayHaveDeleted, removeDeleted } from './deleted-meanwhile.js';
import { lookTogether } from './look-together.js';
import {
  commonRequest,
  inCancellableSession,
  loadedTable,
  loaderOf,
  namingStep,
  type ReadParts,
  readInto,
  readSource,
  retried,
  type SourceRead,
  sourceOf,
  storedColumns,
  tellStart,
} from './read-source.js';
import { sideBySide } from './side-by-side.js';
import type { SourceDatabases } from './source-databases.js';

/** Runs a read when fewer than `parallel` others are under way. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** The reads of `steps`, which are all sources of one connection. */
export async function readConnection(
  context: RunContext,
  databases: SourceDatabases,
  steps: readonly PlanStep[],
  limit: Limit,
): Promise<readonly SourceRead[]> {
  const isAlone = steps.length === 1;
  const first = steps.filter((step) => isAlone || isFirstLoad(context, step));
  const readAll = async (): Promise<readonly SourceRead[]> => {
    const deletions = await countDeletions(context, databases, first);
    const looked = await limit(() => lookTogether(context, databases, first));
    const loaded = await sideBySide(context, first, (own, step) =>
      limit(() => readSource(own, databases, step, looked(step))),
    );
    const isOfOneMoment = isAlone && !loaded.some(({ extracted }) => extracted.isOfSeveralMoments);
    return isOfOneMoment ? loaded : limit(() => readTogether(context, databases, steps, { loaded, deletions }));
  };
  try {
    return await readAll();
  } catch (thrown) {
    if (first.length === 0 || toEtlError(thrown).code !== 'SCHEMA_CHANGE') throw thrown;
    return readAll();
  }
}

/** A source without a cursor is read whole each time; what changed since could not be told. */
function isFirstLoad(context: RunContext, step: PlanStep): boolean {
  return step.action !== 'read' && sourceOf(context, step).incremental !== undefined;
}

interface FirstLoads {
  readonly loaded: readonly SourceRead[];
  /** What the server had counted of deletes before they began. */
  readonly deletions: string | undefined;
}

async function countDeletions(
  context: RunContext,
  databases: SourceDatabases,
  [first]: readonly PlanStep[],
): Promise<string | undefined> {
  if (first === undefined) return undefined;
  return retried(context, first.step, async () => (await databases.open(sourceOf(context, first))).deletions?.());
}

async function readTogether(
  context: RunContext,
  databases: SourceDatabases,
  steps: readonly PlanStep[],
  { loaded, deletions }: FirstLoads,
): Promise<readonly SourceRead[]> {
  const firstStep = steps[0];
  if (firstStep === undefined) return [];
  return retried(context, firstStep.step, async (attempt) => {
    const database = await databases.open(sourceOf(context, firstStep));
    return inCancellableSession(context, async (session) => {
      const stored = await storedColumns(session, steps);
      return withView(database, async (view) => {
        const reads: SourceRead[] = [];
        for (const step of steps) {
          const before = loaded.find(({ source }) => source.table === step.step);
          reads.push(
            await namingStep(context, step.step, () =>
              before === undefined
                ? readFromView(context, { session, database, stored }, step, view, attempt)
                : catchUp({ context, session, database, view, deletions }, before),
            ),
          );
        }
        return reads;
      });
    });
  });
}

async function readFromView(
  context: RunContext,
  parts: ReadParts,
  step: PlanStep,
  view: SourceView,
  attempt: number,
): Promise<SourceRead> {
  const startedAt = new Date();
  tellStart(context, step, startedAt);
  const extract = (request: Parameters<typeof extractFrom>[0]) => extractFrom(request, view);
  const extracted = await readInto(context, parts, step, extract);
  const durationMs = Date.now() - startedAt.getTime();
  return { source: sourceOf(context, step), extracted, attempt, startedAt, durationMs };
}

interface CatchUp extends Pick<FirstLoads, 'deletions'> {
  readonly context: RunContext;
  readonly session: Session;
  readonly database: SourceDatabase;
  readonly view: SourceView;
}

/** Brings a first load to the moment of the view: what changed since takes the place of what was loaded, what is gone leaves. */
async function catchUp(
  { context, session, database, view, deletions }: CatchUp,
  loaded: SourceRead,
): Promise<SourceRead> {
  const { source, extracted } = loaded;
  const { record } = extracted;
  // Nobody else can have written to it.
  if (record === undefined || view.open.protection === 'exclusive') return loaded;
  const began = Date.now();
  const workTable = catchUpTableOf(source.table);
  const common = commonRequest(context, source);
  refuseAnotherTable(record, await database.tableId?.(toSourceRead(source)), source.table);
  const isLookedFor = source.deletes.detectEveryMs !== undefined;
  const isSearched = isLookedFor && (await mayHaveDeleted(database, deletions, extracted));
  const changed = await extractFrom(
    {
      ...common,
      ...loaderOf(session, workTable, false),
      database,
      records: [record],
      mode: 'incremental',
      detect: isSearched ? deletesSince(context, session, loaded) : undefined,
      onProgress: (rows, bytes) => common.onProgress(extracted.rows + rows, extracted.bytes + bytes),
      onWarning: () => undefined,
    },
    view,
  );
  refuseOtherColumns(extracted, changed, source.table);
  // Else the first load has said it, and most that changed rows have are the same.
  if (extracted.zeroDates === 0 && changed.zeroDates > 0) common.onWarning(zeroDatesArrived(source, changed.zeroDates));
  const replaced = changed.rows > 0 ? await replaceLoaded(context, session, loaded, workTable) : 0;
  const { detected } = changed;
  const removed = detected ? await removeDeleted(context, session, loaded, detected) : 0;
  const { keyed } = extracted;
  return {
    ...loaded,
    extracted: {
      ...extracted,
      rows: extracted.rows + changed.rows,
      bytes: extracted.bytes + changed.bytes,
      keyed: keyed && { ...keyed, rows: keyed.rows - replaced + changed.rows - removed },
      // It stands for a read from the start.
      record: changed.record && { ...changed.record, from: undefined, detectedAt: record.detectedAt },
      open: changed.open,
    },
    durationMs: loaded.durationMs + Date.now() - began,
  };
}

/** @returns how many rows of the first load were replaced */
async function replaceLoaded(
  { engine }: RunContext,
  session: Session,
  { source, extracted }: SourceRead,
  workTable: string,
): Promise<number> {
  const columns = extracted.columns.map(({ name }) => name);
  let removed: number | undefined;
  const { dialect } = engine;
  const into = loadedTable(dialect, { source, extracted });
  for (const statement of dialect.replaceLoaded(into, columns, source.key, workTable)) {
    const touched = await session.execute(statement);
    removed ??= touched;
  }
  return removed ?? 0;
}

function refuseAnotherTable({ tableId }: WatermarkRecord, now: string | undefined, table: string): void {
  if (!isAnotherTable(tableId, now)) return;
  throw new EtlError('SCHEMA_CHANGE', `${table} was made anew while it was being read`, { hint: runAgain });
}

const runAgain = 'run again: it is read as it is now';

function refuseOtherColumns(loaded: Extracted, changed: Extracted, table: string): void {
  if (JSON.stringify(loaded.columns) === JSON.stringify(changed.columns)) return;
  throw new EtlError('SCHEMA_CHANGE', `the columns of ${table} changed while it was being read`, {
    hint: runAgain,
  });
}
