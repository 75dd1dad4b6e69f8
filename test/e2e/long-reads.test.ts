/** A first read of a large table that loses its connection, or ends its transaction, goes on behind the last key and misses nothing. */
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { SourceDatabase, SourceRead } from '../../src/engines/contract.js';
import type { RunEvent } from '../../src/run/events.js';
import { type Lab, openLab, type Target, targets } from './lab.js';

/** What happens after the third batch of a read of all rows, and before a snapshot; and the rows that such reads gave. */
const meanwhile = vi.hoisted(() => ({
  happens: async (): Promise<void> => undefined,
  beforeSnapshot: async (): Promise<void> => undefined,
  rowsGiven: 0,
  /** A table that was made within the last second or two may look as if it were made anew, and its read begins again. */
  tableIsOld: false,
}));
beforeEach(() => {
  meanwhile.happens = meanwhile.beforeSnapshot = async () => undefined;
  meanwhile.rowsGiven = 0;
  meanwhile.tableIsOld = false;
});

vi.mock('../../src/engines/registry.js', async (original) =>
  (await import('./hooked-sources.js')).registryOf(original, hooked),
);

function hooked(database: SourceDatabase): SourceDatabase {
  return {
    ...database,
    newSince: async (read, since) => (meanwhile.tableIsOld ? undefined : database.newSince?.(read, since)),
    snapshot: async () => {
      await meanwhile.beforeSnapshot();
      const snapshot = await database.snapshot();
      return {
        ...snapshot,
        async *read(read: SourceRead, columns, options) {
          let batches = 0;
          for await (const batch of snapshot.read(read, columns, options)) {
            if (options.from === undefined) meanwhile.rowsGiven += batch.rowCount;
            yield batch;
            batches += 1;
            if (batches === 3 && options.from === undefined) await meanwhile.happens();
          }
        },
      };
    },
  };
}

test.each(targets)('one that loses its connection twice, into %s', async (target) => {
  const lab = await openLab({
    target,
    oltp: [
      'create table big (a int not null, b int not null, body varchar(500), updated_at datetime(6) not null, primary key (a, b), key (updated_at, a, b))',
      `insert into big with recursive n as (select 0 as i union all select i + 1 from n where i < 999) select i div 100, i % 100, repeat('x', 300), '2024-01-01' + interval i second from n`,
      // Enough that the server cannot have sent all of it when the connection is killed.
      ...[10, 20, 40, 80, 160, 320].map(
        (by) => `insert into big select a + ${by}, b, body, updated_at + interval ${by} hour from big`,
      ),
    ],
    files: {
      'pipelines/p.yaml':
        'pipeline: p\nsources:\n  big: { table: big, key: [a, b], incremental: { cursor: updated_at } }\n',
    },
  });
  onTestFinished(() => lab.close());
  await lab.edit('chat-etl.config.yaml', 'into: olap', 'into: olap, batch_size: 500');
  let kills = 0;
  meanwhile.tableIsOld = true;
  meanwhile.happens = async () => {
    if (kills === 2) return;
    const processes = await lab.oltp.query('show full processlist');
    const ours = processes.find(
      ({ db, Info }) => db === lab.oltp.database && /FROM "big" AS t.* ORDER BY/.test(String(Info)),
    );
    if (ours === undefined) return;
    kills += 1;
    await lab.oltp.query(`kill ${String(ours.Id)}`);
    await lab.oltp.query(`update big set body = 'edited', updated_at = now(6) where a = ${kills} and b in (1, 2)`);
    await lab.oltp.query(`insert into big values (-${kills}, 1, 'below', now(6)), (9999, ${kills}, 'above', now(6))`);
  };
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => void events.push(event);
  const first = await lab.runWell({ onEvent });
  expect(kills).toBe(2);
  expect(events.filter(({ type }) => type === 'step-retry')).toHaveLength(2);
  // Nothing twice, also where a read that began anew has forgotten what it had: 64,000 rows, and what came above the last key.
  expect(meanwhile.rowsGiven).toBeLessThanOrEqual(64_002);
  expect(first.steps[0]?.rowsRead).toBeLessThanOrEqual(64_020);
  const source = await lab.oltp.query('select a, b, body from big');
  expect(await lab.rows('stg_big', 'a, b, body')).toEqual(source.map((row) => JSON.stringify(row)).sort());
});

/** A table whose rows come in many batches, each of which ends the transaction that reads it. */
async function openPatientLab(target: Target): Promise<Lab> {
  const lab = await openLab({
    target,
    oltp: [
      'create table big (id int not null primary key, body varchar(500), updated_at datetime(6) not null, key (updated_at))',
      `insert into big select seq, 'first', '2024-01-01' + interval seq second from (with recursive n as (select 1 as seq union all select seq + 1 from n where seq < 1000) select seq from n) as numbers`,
    ],
    files: {
      'pipelines/p.yaml':
        'pipeline: p\nsources:\n  big: { table: big, key: [id], incremental: { cursor: updated_at } }\n',
    },
  });
  onTestFinished(() => lab.close());
  await lab.edit('chat-etl.config.yaml', 'into: olap', 'into: olap, batch_size: 100');
  await lab.edit(
    'chat-etl.config.yaml',
    '"type":"mysql"',
    '"type":"mysql","throttle":{"longest_transaction":"1ms","rows_per_second":20000}',
  );
  return lab;
}

test.each(targets)(
  'one that ends its transaction again and again is caught up to one moment, into %s',
  async (target) => {
    const lab = await openPatientLab(target);
    let snapshots = 0;
    meanwhile.beforeSnapshot = async () => {
      snapshots += 1;
      await lab.oltp.query(`update big set body = 'edit ${snapshots}', updated_at = now(6) where id in (1, 900)`);
    };
    const { steps } = await lab.runWell();
    // The look ahead, one a batch, and the catch-up.
    expect(snapshots).toBeGreaterThanOrEqual(10);
    expect(steps[0]?.rowsRead).toBeLessThan(1_010);
    const source = await lab.oltp.query('select id, body from big');
    expect(await lab.rows('stg_big', 'id, body')).toEqual(source.map((row) => JSON.stringify(row)).sort());
  },
);

test('one whose table is made anew in between begins again', async () => {
  const lab = await openPatientLab('duckdb');
  let snapshots = 0;
  meanwhile.beforeSnapshot = async () => {
    snapshots += 1;
    if (snapshots !== 4) return;
    await lab.oltp.query('create table new like big');
    await lab.oltp.query('drop table big');
    await lab.oltp.query('rename table new to big');
    await lab.oltp.query(`insert into big values (1, 'second', '2023-01-01'), (1001, 'second', '2023-01-01')`);
  };
  await lab.runWell();
  expect(await lab.rows('stg_big', 'id, body')).toEqual([
    JSON.stringify({ id: 1, body: 'second' }),
    JSON.stringify({ id: 1001, body: 'second' }),
  ]);
});

const swapped = [
  'create table _big_new (id int not null primary key, body varchar(500), mood int default 7, updated_at datetime(6) not null, key (updated_at))',
  'insert into _big_new (id, body, updated_at) select id, body, updated_at from big',
  'rename table big to _big_old, _big_new to big',
];

interface Meanwhile {
  /** After the statements. */
  readonly then?: () => void;
  /** True where they come before the read that catches up with what has changed since, and not before the fourth snapshot. */
  readonly isLate?: boolean;
}

/** The table changes while no transaction of the read is open. */
async function changedMeanwhile(
  target: Target,
  statements: readonly string[],
  { then = () => undefined, isLate = false }: Meanwhile = {},
) {
  const lab = await openPatientLab(target);
  meanwhile.tableIsOld = true;
  let snapshots = 0;
  let isDone = false;
  meanwhile.beforeSnapshot = async () => {
    snapshots += 1;
    if (isDone || !(isLate ? meanwhile.rowsGiven === 1000 : snapshots === 4)) return;
    isDone = true;
    for (const statement of statements) await lab.oltp.query(statement);
    then();
  };
  const events: RunEvent[] = [];
  await lab.runWell({ onEvent: (event) => void events.push(event) });
  const names = (await lab.oltp.query('show columns from big')).map(({ Field }) => `${Field}`);
  const staged = (await lab.rows('stg_big', names.join())).map((row) => JSON.parse(row));
  const source = await lab.oltp.query(`select ${names.join()} from big`);
  const byId = (rows: readonly Record<string, unknown>[]) =>
    rows.map(({ updated_at: _, ...row }) => JSON.stringify(row)).sort();
  expect(byId(staged)).toEqual(byId(source));
  expect(Object.keys((await lab.query('select * from stg_big limit 1'))[0] ?? {})).toEqual(
    expect.arrayContaining(names),
  );
  return events.flatMap((event) => (event.type === 'step-retry' ? [event.error.code] : []));
}

test.each(
  targets.flatMap((target) => [
    ['altered', target, ['alter table big add column mood int default 7 after body']] as const,
    ['swapped for its altered copy', target, swapped] as const,
  ]),
)('one whose table is %s in between begins again, into %s', async (_what, target, statements) => {
  const then = () => {
    meanwhile.tableIsOld = false;
  };
  const codes = await changedMeanwhile(target, statements, { then });
  expect([...new Set(codes)]).toEqual(['SCHEMA_CHANGE']);
});

const emptied = ['truncate big', `insert into big values (2000, 'new', '2024-01-01')`];

test.each(targets)('one whose table is truncated in between begins again, into %s', async (target) => {
  expect(await changedMeanwhile(target, emptied)).toEqual(['SCHEMA_CHANGE']);
});

test.each(targets)(
  'one whose table is truncated before it is caught up with is read again, into %s',
  async (target) => {
    meanwhile.rowsGiven = 0;
    await changedMeanwhile(target, emptied, { isLate: true });
    expect(meanwhile.rowsGiven).toBe(1001);
  },
);

test.each([
  ['lost a column', ['alter table big drop column body']],
  ['had a type changed', ['alter table big modify body text']],
])('one whose table %s in between begins again at once, where its columns alone tell', async (_what, statements) => {
  expect(await changedMeanwhile('duckdb', statements)).toEqual(['SCHEMA_CHANGE']);
});
