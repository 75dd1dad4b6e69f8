/** Gathers how each table stands, from the journal, the tables and the sources, and prints it. */
import type { Config } from '../config/types.js';
import type { Dialect, Session } from '../engines/contract.js';
import { integer } from '../journal/cells.js';
import { emptyState, lastSuccess, readState } from '../journal/read.js';
import { journalVersionOf } from '../journal/tables.js';
import { epochMsOf } from '../journal/time.js';
import type { StepSuccess } from '../journal/types.js';
import type { Project } from '../pipeline/types.js';
import type { WarehouseState } from '../plan/types.js';
import { paintFor } from '../report/paint.js';
import { formatStatus, type SourceMarks, type TableStatus } from '../report/status.js';
import { afterQuietHours } from '../run/quiet-hours.js';
import { overdueAt } from '../schedule/timing.js';
import { type CommonArguments, printData, printJson } from './common.js';
import type { OpenedProject } from './project.js';
import { sourceLags } from './source-lag.js';
import { withWarehouse } from './warehouse.js';
import { withProject } from './with-project.js';

export async function printStatus(flags: CommonArguments): Promise<void> {
  const tables = await withProject(flags, (opened) => readStatus(opened, Date.now()));
  if (flags.json) printJson(tables);
  else printData(formatStatus(tables, paintFor(process.stdout)));
}

interface JournalStatus {
  readonly state: WarehouseState;
  readonly successes: ReadonlyMap<string, StepSuccess>;
  readonly rows: ReadonlyMap<string, number>;
}

async function readStatus({ config, project }: OpenedProject, now: number): Promise<readonly TableStatus[]> {
  const journal = await withWarehouse(config, (session, dialect) => readJournal(session, dialect, project));
  const marks = await readMarks(config, project, journal.state);
  return project.order.map((table) => tableStatus({ config, project }, table, journal, marks.get(table), now));
}

async function readJournal(session: Session, dialect: Dialect, project: Project): Promise<JournalStatus> {
  const isNew = (await journalVersionOf(session, dialect)) === undefined;
  if (isNew) return { state: emptyState, successes: new Map(), rows: new Map() };
  const rows = new Map<string, number>();
  for (const table of project.order) {
    const count = await countRows(session, dialect, table);
    if (count !== undefined) rows.set(table, count);
  }
  return { state: await readState(session, dialect), successes: await lastSuccess(session, dialect), rows };
}

/** Views are not counted: that would run them. */
async function countRows(session: Session, dialect: Dialect, table: string): Promise<number | undefined> {
  const relation = await session.columns(table);
  if (relation?.kind !== 'table') return undefined;
  const [row] = await session.query(
    `select count(*) as ${dialect.identifier('row_count')} from ${dialect.identifier(table)}`,
  );
  return row === undefined ? undefined : integer(row, 'row_count');
}

async function readMarks(
  config: Config,
  project: Project,
  state: WarehouseState,
): Promise<ReadonlyMap<string, SourceMarks>> {
  const incremental = [...project.sources.values()].filter((source) => source.incremental !== undefined);
  const newest = new Map(incremental.map(({ table }) => [table, state.watermarks.get(table)?.at(-1)]));
  const lags = await sourceLags(config, incremental, (table) => newest.get(table)?.seen);
  return new Map(
    incremental.map(({ table }) => {
      const record = newest.get(table);
      const lag = lags.get(table) ?? { kind: 'unknown', why: 'not asked' };
      return [table, { seen: record?.seen, safe: record?.safe, heldBy: record?.heldBy, lag }];
    }),
  );
}

function tableStatus(
  { config, project }: OpenedProject,
  table: string,
  journal: JournalStatus,
  marks: SourceMarks | undefined,
  now: number,
): TableStatus {
  const source = project.sources.get(table);
  const pipeline = source?.pipeline ?? project.models.get(table)?.model.pipeline ?? '';
  const timing = project.pipelines.find(({ name }) => name === pipeline)?.timing ?? config.schedule;
  const at = journal.successes.get(table)?.at;
  const selection = { pipelines: pipeline === '' ? [] : [pipeline], withUpstreams: true };
  const notBefore = (time: number) => afterQuietHours(config, project, selection, time);
  return {
    table,
    kind: source === undefined ? 'model' : 'source',
    pipeline,
    lastSuccess: at,
    sinceSuccessMs: at === undefined ? undefined : Math.max(0, now - epochMsOf(at)),
    rows: journal.rows.get(table),
    overdue: at !== undefined && now > overdueAt(timing, epochMsOf(at), notBefore),
    marks,
  };
}
