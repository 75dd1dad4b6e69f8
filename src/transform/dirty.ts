/**
 * Dirty partitions: which partitions of a model the changes of its upstreams concern. They stand in the table
 * `etl_dirty_<model>` (reads_before, value), which stays to be looked at: rows with reads_before 0 are the dirty partitions,
 * those with n also the n partitions before each, which a window has to read.
 */
import type { Dialect, Engine, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import { EtlError, type Place } from '../errors.js';
import { afterColumn, beforeColumn, changeLogOf, dirtyTableOf, onKeys, quoted } from '../load/sql.js';
import { prepareTarget, type Target } from '../load/target.js';
import type { Partitioning, PartitionSpread } from '../pipeline/types.js';
import type { DayRange } from '../run/options.js';
import { concerning, type LogWork, type ModelWork } from './work.js';

/** Partitions as the change logs name them, before they are spread. */
const found = -1;

/** What naming the table takes. */
export type DirtyTableWork = Pick<ModelWork, 'engine' | 'physical'> & { readonly target: Pick<Target, 'name'> };

export interface DirtyPartitions {
  readonly count: number;
  /** NULL is a partition like any other, but no comparison finds it. */
  readonly hasNull: boolean;
}

/** Makes the table of a model's dirty partitions, or gives the one that is there. */
export async function prepareDirtyTable(
  session: Session,
  engine: Engine,
  target: Target,
  partition: Partitioning,
  where: Place,
): Promise<Target> {
  const column = target.columns.find(({ name }) => name === partition.by);
  if (column === undefined) {
    throw new EtlError('DEFINITION', `${target.name} has no column '${partition.by}' to be divided by`, {
      where,
      hint: `its columns are: ${target.columns.map(({ name }) => name).join(', ')}`,
    });
  }
  const columns: readonly Column[] = [
    { name: 'reads_before', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: true },
    { name: 'value', type: column.type, nullable: true },
  ];
  return prepareTarget(session, engine, {
    name: dirtyTableOf(target.name),
    columns,
    key: [],
    owned: true,
    onIncompatible: 'replace',
    where,
  });
}

/** Fills the table from the change logs, for all that the model has not consumed, and with the days of a backfill. */
export async function findDirty(
  work: ModelWork,
  partition: Partitioning,
  befores: readonly number[],
): Promise<DirtyPartitions> {
  const { session, engine } = work;
  const { dialect } = engine;
  const table = dirtyTable(work);
  await session.execute(`delete from ${table}`);
  // The log of a table in which nothing has changed may lack the columns that a new model asks for.
  for (const upstream of Object.keys(partition.from).filter(work.isAhead)) {
    for (const select of await changedPartitions(work, partition, upstream)) {
      await session.execute(
        `insert into ${table} (reads_before, value) select distinct ${found}, p.v from (${select}) p`,
      );
    }
  }
  const { spread } = partition;
  await widen(work, found, 0, spread.before, spread.after, spread);
  if (work.backfill !== undefined) await addDays(work, partition, work.backfill);
  for (const before of befores) {
    if (before > 0) await widen(work, 0, before, before, 0, spread);
  }
  const [row] = await session.query(
    `select count(*) as n, count(${dialect.identifier('value')}) as present from ${table} where reads_before = 0`,
  );
  const count = Number(row?.n ?? 0);
  return { count, hasNull: count > Number(row?.present ?? 0) };
}

/** Days that were asked for; nothing changed in them that would reach further. */
async function addDays(work: ModelWork, partition: Partitioning, { from, to }: DayRange): Promise<void> {
  const { session, engine } = work;
  const { dialect } = engine;
  const type = partitionType(work);
  await refuseNoDays(work, partition, type);
  const context = { timezone: 'UTC' };
  const days = [from, to].map((day) => dialect.helpers.date_literal([day], context));
  const value = type === 'integer' ? dialect.helpers.key_of_date(['s.day'], context) : 's.day';
  await session.execute(
    `insert into ${dirtyTable(work)} (reads_before, ${dialect.identifier('value')}) select 0, ${value} from ${dialect.helpers.date_series(days, context)} s`,
  );
}

/** Whole numbers are days where all that are there can be read as yyyymmdd. Errors: USAGE. */
async function refuseNoDays(work: ModelWork, { by }: Partitioning, type: string | undefined): Promise<void> {
  if (type === 'date' || type === 'timestamp') return;
  const { session, engine, target, compiled } = work;
  const column = engine.dialect.identifier(by);
  const [stray] =
    type === 'integer'
      ? await session.query(
          `select ${column} as value from ${engine.dialect.identifier(target.physical)} where ${column} not between 10000101 and 99991231 limit 1`,
        )
      : [{ value: `of type ${type}` }];
  if (stray === undefined) return;
  const { name, where } = compiled.model;
  throw new EtlError('USAGE', `${name} is not divided by days: ${by} is ${String(stray.value)}`, { where });
}

/** The condition that an expression's partition is dirty, or among the `before` that are read with it. */
export function isDirty(
  work: DirtyTableWork,
  dirty: Pick<DirtyPartitions, 'hasNull'>,
  expression: string,
  before: number,
): string {
  const listed = `(${expression}) in (select d.${work.engine.dialect.identifier('value')} from ${dirtyTable(work)} d where d.reads_before = ${before} and d.${work.engine.dialect.identifier('value')} is not null)`;
  return dirty.hasNull ? `(${listed} or (${expression}) is null)` : listed;
}

/** Selects of a column `v`: the partitions before and after each change of an upstream. */
export async function changedPartitions(
  work: LogWork,
  partition: Partitioning,
  upstream: string,
): Promise<readonly string[]> {
  const { dialect } = work.engine;
  const mapping = partition.from[upstream];
  if (mapping === undefined) return [];
  const log = dialect.identifier(work.physical(changeLogOf(upstream)));
  const consumed = work.positions.get(upstream)?.batch ?? 0;
  const concerned = await concerning(work, upstream);
  const changes = (columns: readonly string[], missing: 'I' | 'D') =>
    `select ${quoted(dialect, columns, 'c.')} from ${log} c where c.batch > ${consumed} and c.op <> '${missing}'${concerned}`;
  if ('column' in mapping) {
    const before = beforeColumn(mapping.column);
    const after = afterColumn(mapping.column);
    return [
      `select b.${dialect.identifier(before)} as v from (${changes([before], 'I')}) b`,
      `select a.${dialect.identifier(after)} as v from (${changes([after], 'D')}) a`,
    ];
  }
  const through = partition.from[mapping.through];
  if (through === undefined || !('column' in through)) return [];
  const row = dialect.identifier(work.physical(mapping.through));
  const value = `t.${dialect.identifier(through.column)} as v`;
  const key = work.keyOf(mapping.through);
  return [
    { columns: mapping.on.map(beforeColumn), missing: 'I' as const },
    { columns: mapping.on.map(afterColumn), missing: 'D' as const },
  ].map(
    ({ columns, missing }) =>
      `select ${value} from ${row} t join (${changes(columns, missing)}) k on ${onKeys(dialect, 't', key, 'k', columns)}`,
  );
}

/** Adds, under `to`, the partitions from `before` before to `after` after each of those under `from`. */
async function widen(
  work: ModelWork,
  from: number,
  to: number,
  before: number,
  after: number,
  spread: PartitionSpread,
): Promise<void> {
  const { session, engine } = work;
  const { dialect } = engine;
  const table = dirtyTable(work);
  const value = dialect.identifier('value');
  const type = partitionType(work);
  const context = { timezone: 'UTC' };
  const series = dialect.helpers.number_series([String(-before), String(after)], context);
  const moved =
    before + after === 0
      ? `select distinct ${to}, d.${value} from ${table} d where d.reads_before = ${from}`
      : `select distinct ${to}, ${shifted(dialect, `d.${value}`, 's.n', spread.unit, type === 'integer')} from ${table} d cross join ${series} s where d.reads_before = ${from} and d.${value} is not null union all select distinct ${to}, d.${value} from ${table} d where d.reads_before = ${from} and d.${value} is null`;
  await session.execute(`insert into ${table} (reads_before, ${value}) ${moved}`);
}

function partitionType({ target, compiled }: ModelWork): string | undefined {
  return target.columns.find(({ name }) => name === compiled.model.partition?.by)?.type.kind;
}

/** A partition moved by `steps`; whole numbers that stand for days are integers yyyymmdd. */
function shifted(
  { helpers }: Dialect,
  value: string,
  steps: string,
  unit: PartitionSpread['unit'],
  isInteger: boolean,
): string {
  const context = { timezone: 'UTC' };
  if (unit === 'steps') return `${value} + ${steps}`;
  const add = unit === 'days' ? helpers.add_days : helpers.add_months;
  if (!isInteger) return add([value, steps], context);
  return helpers.key_of_date([add([helpers.date_of_key([value], context), steps], context)], context);
}

function dirtyTable({ engine, physical, target }: DirtyTableWork): string {
  return engine.dialect.identifier(physical(dirtyTableOf(target.name)));
}
