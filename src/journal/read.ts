/** Reads the journal: the state a plan starts from, and the rows that `history` and `status` show. */
import type { Dialect, Session } from '../engines/contract.js';
import type { ResultRow } from '../engines/types.js';
import type { WatermarkRecord } from '../extract/watermark.js';
import type { Position, TableState, WarehouseState } from '../plan/types.js';
import type { RunStatus, StepStatus } from '../run/events.js';
import { integer, optionalInteger, optionalText, optionalTimestamp, text, timestamp } from './cells.js';
import { type JournalTable, positionTable, runTable, stepTable, tableStateTable, watermarkTable } from './tables.js';
import type { RowCounts, RunFlags, RunRow, StepRow, StepSuccess } from './types.js';

/** What the journal knows, for the plan and the extraction. Four queries. */
export async function readState(session: Session, dialect: Dialect): Promise<WarehouseState> {
  return {
    lastBatch: await readLastBatch(session, dialect),
    tables: await readTableStates(session, dialect),
    positions: await readPositions(session, dialect),
    watermarks: await readWatermarks(session, dialect),
  };
}

/** The state of a warehouse in which nothing has run yet. */
export const emptyState: WarehouseState = {
  lastBatch: 0,
  tables: new Map(),
  positions: new Map(),
  watermarks: new Map(),
};

async function readLastBatch(session: Session, dialect: Dialect): Promise<number> {
  const batch = dialect.identifier('batch');
  const [row] = await session.query(`select max(${batch}) as ${batch} from ${dialect.identifier(runTable.name)}`);
  return row === undefined ? 0 : (optionalInteger(row, 'batch') ?? 0);
}

/** How each published table stands, by name. */
export async function readTableStates(session: Session, dialect: Dialect): Promise<ReadonlyMap<string, TableState>> {
  const rows = await session.query(newest(dialect, tableStateTable, ['table_name']));
  return new Map(rows.map((row) => [text(row, 'table_name'), tableState(row)]));
}

function tableState(row: ResultRow): TableState {
  return {
    fingerprint: text(row, 'fingerprint'),
    rebuiltBatch: integer(row, 'rebuilt_batch'),
    changedBatch: integer(row, 'changed_batch'),
    asOf: optionalText(row, 'as_of'),
    logSince: optionalInteger(row, 'log_since'),
  };
}

/** What each model has taken in of what it reads: model -> upstream -> position. */
async function readPositions(
  session: Session,
  dialect: Dialect,
): Promise<ReadonlyMap<string, ReadonlyMap<string, Position>>> {
  const positions = new Map<string, Map<string, Position>>();
  for (const row of await session.query(newest(dialect, positionTable, ['model', 'upstream']))) {
    const model = text(row, 'model');
    const ofModel = positions.get(model) ?? new Map<string, Position>();
    ofModel.set(text(row, 'upstream'), {
      batch: integer(row, 'consumed_batch'),
      fingerprint: text(row, 'fingerprint'),
    });
    positions.set(model, ofModel);
  }
  return positions;
}

async function readWatermarks(
  session: Session,
  dialect: Dialect,
): Promise<ReadonlyMap<string, readonly WatermarkRecord[]>> {
  const watermarks = new Map<string, WatermarkRecord[]>();
  const order = ['source_table', 'batch'].map(dialect.identifier).join(', ');
  // All columns there are: a journal that no run has brought up to date lacks the newest.
  for (const row of await session.query(`select * from ${dialect.identifier(watermarkTable.name)} order by ${order}`)) {
    const table = text(row, 'source_table');
    const ofTable = watermarks.get(table) ?? [];
    ofTable.push({
      batch: integer(row, 'batch'),
      from: optionalText(row, 'read_from'),
      seen: optionalText(row, 'seen'),
      safe: optionalText(row, 'safe'),
      horizon: timestamp(row, 'horizon'),
      endedAt: timestamp(row, 'ended_at'),
      heldBy: optionalText(row, 'held_by'),
      serverId: text(row, 'server_id'),
      detectedAt: optionalTimestamp(row, 'detected_at'),
      tableId: optionalText(row, 'table_id'),
    });
    watermarks.set(table, ofTable);
  }
  return watermarks;
}

/** The newest runs, newest first; with `pipeline`, those that had a step of it or asked for it. */
export async function listRuns(
  session: Session,
  dialect: Dialect,
  options: { readonly limit: number; readonly pipeline?: string | undefined },
): Promise<readonly RunRow[]> {
  const id = dialect.identifier;
  const { limit, pipeline } = options;
  const where =
    pipeline === undefined
      ? ''
      : ` where ${id('pipelines')} = ? or ${id('run_id')} in (select ${id('run_id')} from ${id(stepTable.name)} where ${id('pipeline')} = ?)`;
  const rows = await session.query(
    // All columns there are: a journal that no run has brought up to date lacks the newest.
    `select * from ${id(runTable.name)}${where} order by ${id('batch')} desc, ${id('started_at')} desc limit ${dialect.literal(limit)}`,
    pipeline === undefined ? [] : [pipeline, pipeline],
  );
  return rows.map(runRow);
}

/** The steps of these runs, in the order they started. */
export async function listSteps(
  session: Session,
  dialect: Dialect,
  runIds: readonly string[],
): Promise<readonly StepRow[]> {
  if (runIds.length === 0) return [];
  const id = dialect.identifier;
  const rows = await session.query(
    `${selectAll(dialect, stepTable)} where ${id('run_id')} in (${runIds.map(() => '?').join(', ')}) order by ${id('batch')}, ${id('started_at')}, ${id('step')}`,
    runIds,
  );
  return rows.map(stepRow);
}

/** The last time each step ended well, a skip because of nothing to do included. */
export async function lastSuccess(session: Session, dialect: Dialect): Promise<ReadonlyMap<string, StepSuccess>> {
  const id = dialect.identifier;
  const rows = await session.query(
    `select ${id('step')}, max(${id('batch')}) as ${id('batch')}, max(${id('ended_at')}) as ${id('ended_at')} from ${id(stepTable.name)}` +
      ` where ${id('status')} in ('succeeded', 'skipped') group by ${id('step')}`,
  );
  return new Map(
    rows.map((row) => [
      text(row, 'step'),
      { step: text(row, 'step'), batch: integer(row, 'batch'), at: timestamp(row, 'ended_at') },
    ]),
  );
}

function selectAll(dialect: Dialect, table: JournalTable): string {
  const columns = table.columns.map((column) => dialect.identifier(column.name));
  return `select ${columns.join(', ')} from ${dialect.identifier(table.name)}`;
}

/** The rows of an insert-only table whose batch is the newest of their key. */
export function newest(dialect: Dialect, table: JournalTable, key: readonly string[]): string {
  const id = dialect.identifier;
  const name = id(table.name);
  const columns = table.columns.map((column) => `t.${id(column.name)}`);
  const same = [...key, 'batch'].map((column) => `t.${id(column)} = newest.${id(column)}`);
  const grouped = key.map(id).join(', ');
  return (
    `select ${columns.join(', ')} from ${name} t join (select ${grouped}, max(${id('batch')}) as ${id('batch')}` +
    ` from ${name} group by ${grouped}) newest on ${same.join(' and ')}`
  );
}

/** All runs with this trigger, oldest first. */
export async function runsTriggeredBy(session: Session, dialect: Dialect, trigger: string): Promise<readonly RunRow[]> {
  const id = dialect.identifier;
  const rows = await session.query(
    `select * from ${id(runTable.name)} where ${id('triggered_by')} = ? order by ${id('batch')}, ${id('started_at')}`,
    [trigger],
  );
  return rows.map(runRow);
}

function runRow(row: ResultRow): RunRow {
  return {
    runId: text(row, 'run_id'),
    batch: integer(row, 'batch'),
    status: text(row, 'status') as RunStatus,
    trigger: text(row, 'triggered_by'),
    pipelines: text(row, 'pipelines')
      .split(',')
      .filter((pipeline) => pipeline !== ''),
    selection: optionalText(row, 'selection'),
    flags: flagsOf(optionalText(row, 'flags')),
    startedAt: timestamp(row, 'started_at'),
    endedAt: optionalTimestamp(row, 'ended_at'),
    durationMs: optionalInteger(row, 'duration_ms'),
    ...rowCounts(row),
    attempt: integer(row, 'attempt'),
    ...errorOf(row),
    host: text(row, 'host'),
    pid: integer(row, 'pid'),
    toolVersion: text(row, 'tool_version'),
    definitionsHash: text(row, 'definitions_hash'),
  };
}

function flagsOf(json: string | undefined): RunFlags | undefined {
  return json === undefined ? undefined : (JSON.parse(json) as RunFlags);
}

function stepRow(row: ResultRow): StepRow {
  return {
    runId: text(row, 'run_id'),
    step: text(row, 'step'),
    batch: integer(row, 'batch'),
    kind: text(row, 'kind') === 'source' ? 'source' : 'model',
    pipeline: text(row, 'pipeline'),
    action: text(row, 'action'),
    status: text(row, 'status') as StepStatus,
    reasons: text(row, 'reasons'),
    startedAt: timestamp(row, 'started_at'),
    endedAt: timestamp(row, 'ended_at'),
    durationMs: integer(row, 'duration_ms'),
    ...rowCounts(row),
    cursorFrom: optionalText(row, 'cursor_from'),
    cursorTo: optionalText(row, 'cursor_to'),
    attempt: integer(row, 'attempt'),
    ...errorOf(row),
  };
}

function rowCounts(row: ResultRow): RowCounts {
  return {
    rowsRead: integer(row, 'rows_read'),
    rowsInserted: integer(row, 'rows_inserted'),
    rowsUpdated: integer(row, 'rows_updated'),
    rowsDeleted: integer(row, 'rows_deleted'),
    rowsUnchanged: integer(row, 'rows_unchanged'),
    bytes: integer(row, 'bytes'),
  };
}

function errorOf(row: ResultRow): Pick<RunRow, 'errorCode' | 'errorText' | 'errorPlace'> {
  return {
    errorCode: optionalText(row, 'error_code'),
    errorText: optionalText(row, 'error_text'),
    errorPlace: optionalText(row, 'error_place'),
  };
}
