/** A staging table as a run makes it, in a warehouse that goes with the test. */
import { onTestFinished } from 'vitest';
import type { Dialect, Engine, Session } from '../../src/engines/contract.js';
import type { Cell, Column } from '../../src/engines/types.js';
import { type ChangeLog, noRows, type RowCounts } from '../../src/load/apply.js';
import { prepareChangeLog } from '../../src/load/change-log.js';
import { loadStaging } from '../../src/load/staging.js';
import { prepareTarget, type Target, type TargetRequest } from '../../src/load/target.js';
import type { Source } from '../../src/pipeline/types.js';
import { arrays, batchesOf, bigint, column, integer, text, type Target as Warehouse } from '../conformance/targets.js';

export const columns: readonly Column[] = [column('id', bigint, false), column('name', text), column('gone', integer)];
export const where = { path: 'pipelines/p.yaml', line: 3, column: 3 };

export type Rows = readonly (readonly Cell[])[];

export interface Tables {
  readonly session: Session;
  readonly engine: Engine;
  readonly dialect: Dialect;
  /** The last one that was prepared. */
  readonly target: Target;
  /** The table `stg_items`, made where it is not there. */
  prepare(changes?: Partial<TargetRequest>): Promise<Target>;
  /** Loads rows as one read of a source brings them. */
  read(rows: Rows, how?: ReadOptions): Promise<RowCounts>;
  rows(table?: string): Promise<readonly (readonly unknown[])[]>;
  /** Operation and id of what the change log holds of a batch. */
  changes(batch: number): Promise<readonly (readonly unknown[])[]>;
}

export interface ReadOptions {
  readonly source?: Partial<Source>;
  readonly whole?: boolean;
  readonly columns?: readonly Column[];
  readonly batch?: number;
  /** The staging table's columns where they are not the read's. */
  readonly target?: readonly Column[];
  readonly prepared?: Partial<TargetRequest>;
  /** The run's start. */
  readonly at?: string;
  readonly purgedBefore?: string;
}

export function sourceOf(changes: Partial<Source> = {}): Source {
  return {
    kind: 'source',
    name: 'items',
    table: 'stg_items',
    pipeline: 'p',
    description: undefined,
    connection: undefined,
    from: { table: 'items' },
    columns: { include: undefined, exclude: [], rename: {}, add: {} },
    key: ['id'],
    incremental: undefined,
    deletedRows: 'remove',
    erase: undefined,
    retention: undefined,
    deletes: { policy: 'ignore' },
    appendOnly: false,
    mayShrink: false,
    zeroDates: 'null',
    tests: [],
    tags: [],
    where,
    ...changes,
  };
}

export async function openTables(open: () => Promise<Warehouse>): Promise<Tables> {
  const warehouse = await open();
  const { engine } = warehouse;
  const { dialect } = engine;
  const session = await warehouse.warehouse.session();
  onTestFinished(async () => {
    await session.close();
    await warehouse.remove();
  });
  let last: Target | undefined;
  const prepare = async (changes: Partial<TargetRequest> = {}) => {
    last = await prepareTarget(session, engine, {
      name: 'stg_items',
      columns,
      key: ['id'],
      owned: true,
      onIncompatible: 'stop',
      where,
      ...changes,
    });
    return last;
  };
  return {
    session,
    get target() {
      if (last === undefined) throw new Error('nothing was prepared');
      return last;
    },
    engine,
    dialect,
    prepare,
    read: async (rows, how = {}) => {
      const source = sourceOf(how.source);
      const wanted = how.target ?? how.columns ?? columns;
      const target = await prepare({ key: source.key, columns: wanted, ...how.prepared });
      const log = source.key.length === 0 ? undefined : await logOf(session, engine, target, how.batch ?? 1);
      await session.load('items', how.columns ?? columns, batchesOf(rows));
      const request = {
        source,
        target,
        workTable: 'items',
        whole: how.whole ?? false,
        detected: undefined,
        seenAt: how.at ?? '2024-06-01 00:00:00.000000',
        purgedBefore: how.purgedBefore,
        log,
      };
      return rows.length === 0 && !request.whole ? noRows : loadStaging(session, dialect, request);
    },
    rows: async (table = 'stg_items') => arrays(await session.query(`select * from ${table} order by 1, 2`)),
    changes: async (batch) =>
      arrays(await session.query(`select op, id from etl_changes_stg_items where batch = ${batch} order by id`)),
  };
}

async function logOf(session: Session, engine: Engine, target: Target, batch: number): Promise<ChangeLog> {
  const log = await prepareChangeLog(session, engine, target, { values: [], heeded: [] }, where);
  return { table: log.physical, batch, values: [], noted: [] };
}
