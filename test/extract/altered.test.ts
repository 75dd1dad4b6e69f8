/** A table that is altered, swapped or emptied in the middle of a run is read as it was or as it is, and never half. */
import { describe, expect, test } from 'vitest';
import type { SourceDatabase, SourceSnapshot } from '../../src/engines/contract.js';
import type { Cell } from '../../src/engines/types.js';
import { toEtlError } from '../../src/errors.js';
import { type Extracted, extractSource } from '../../src/extract/extract.js';
import { type MysqlSource, mysqlSource, untilWaiting } from './mysql-source.js';
import { requestInto, sourceOf } from './sources.js';

const cursor = { column: 'u', unit: 'timestamp', timezone: 'UTC' } as const;

const swap = [
  'create table _t_new (id int primary key, v bigint, u datetime(6) not null, w int default 7, key (u, id))',
  'insert into _t_new (id, v, u) select id, v, u from t',
  'rename table t to _t_old, _t_new to t',
];
const changes: readonly (readonly [string, readonly string[]])[] = [
  ['a column is added', ['alter table t add column w int default 7']],
  ['a column is dropped', ['alter table t drop column v']],
  ['a type is widened', ['alter table t modify v bigint']],
  ['a type is changed', ['alter table t modify v varchar(20)']],
  ['the table is swapped for a copy with more columns', swap],
  ['the table is emptied and filled again', ['truncate t', `insert into t values (7, 70, '2024-01-01')`]],
];

type Point = (database: SourceDatabase, happen: () => Promise<void>) => Partial<SourceDatabase>;

const withSnapshot = (database: SourceDatabase, changed: (snapshot: SourceSnapshot) => Partial<SourceSnapshot>) => ({
  snapshot: async () => {
    const snapshot = await database.snapshot();
    return { ...snapshot, ...changed(snapshot) };
  },
});

const points: readonly (readonly [string, Point])[] = [
  [
    'between the snapshot and the description',
    (database, happen) =>
      withSnapshot(database, ({ describe: described }) => ({
        describe: async (read) => happen().then(() => described(read)),
      })),
  ],
];

async function filled(): Promise<MysqlSource> {
  const source = await mysqlSource();
  const { server } = source;
  await server.query('create table t (id int primary key, v int, u datetime(6) not null, key (u, id))');
  await server.query(`insert into t values (1, 10, '2024-01-01'), (2, 20, '2024-01-02'), (3, 30, '2024-01-03')`);
  return source;
}

/** Tries again what may pass, as a run does; the last reading counts. */
async function readWell(database: SourceDatabase, step: Partial<SourceDatabase>) {
  for (let attempt = 0; ; attempt++) {
    const staging = new Map<string, readonly Cell[]>();
    try {
      const extracted = await extractSource({
        ...requestInto(staging),
        source: sourceOf('t', cursor),
        database: attempt === 0 ? { ...database, ...step } : database,
        records: [],
        mode: 'whole',
      });
      return { extracted, staging };
    } catch (thrown) {
      if (!toEtlError(thrown).retryable || attempt === 2) throw thrown;
    }
  }
}

async function expectAsItIs({ server }: MysqlSource, columns: Extracted['columns'], staging: Map<string, unknown>) {
  const list = columns.map(({ name }) => `cast(t.${name} as char) as ${name}`);
  const rows = await server.query(`select ${list.join(', ')} from t order by t.id`);
  const text = (cell: unknown) => (cell === null ? null : String(cell));
  const found = [...staging.values()].map((row) => (row as readonly Cell[]).map(text));
  expect(found).toEqual(rows.map((row) => Object.values(row)));
  const there = await server.query('show columns from t');
  expect(columns.map(({ name }) => name)).toEqual(there.map(({ Field }) => Field));
}

describe.each(points)('%s', (_when, point) => {
  test.each(changes)('%s', async (_what, statements) => {
    await using source = await filled();
    let isDone = false;
    const happen = async () => {
      if (isDone) return;
      isDone = true;
      for (const statement of statements) await source.server.query(statement);
    };
    const { extracted, staging } = await readWell(source.database, point(source.database, happen));
    expect(isDone).toBe(true);
    await expectAsItIs(source, extracted.columns, staging);
  });
});

type Wait = (snapshot: SourceSnapshot, change: () => Promise<void>) => Partial<SourceSnapshot>;

const waits: readonly (readonly [string, Wait])[] = [
  [
    'between the description and the first page',
    ({ describe: described }, change) => ({
      describe: async (read) => {
        const columns = await described(read);
        await change();
        return columns;
      },
    }),
  ],
  [
    'between two pages',
    (snapshot, change) => ({
      async *read(read, columns, options) {
        for await (const batch of snapshot.read(read, columns, { ...options, batchRows: 1 })) {
          yield batch;
          await change();
        }
      },
    }),
  ],
];

describe.each(waits)('%s', (_when, wait) => {
  test.each(changes)('%s once the read is over', async (_what, statements) => {
    await using source = await filled();
    const { server, database } = source;
    await server.query(`insert into t select id + 10, v, u from t`);
    const before = await server.query('select cast(id as char) as id, cast(v as char) as v from t as o order by o.id');
    const waiting = statements.find((statement) => /^(alter|rename|truncate)/.test(statement)) ?? '';
    let changing: Promise<void> | undefined;
    const change = async () => {
      const other = await source.foreign();
      for (const statement of statements) await other.query(statement);
    };
    const begin = async () => {
      if (changing !== undefined) return;
      changing = change();
      await untilWaiting(server, waiting);
    };
    const { staging } = await readWell(
      database,
      withSnapshot(database, (snapshot) => wait(snapshot, begin)),
    );
    expect([...staging.values()].map((row) => ({ id: String(row[0]), v: String(row[1]) }))).toEqual(before);
    await changing;
  });
});
