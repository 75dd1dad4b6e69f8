/** Rows of many batches, early and late ones, arrive once and in their order, and no batch is looked at longer than it is lent. */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadWorkTable } from '../../../src/engines/duckdb/load.js';
import { packRows } from '../../../src/engines/rows.js';
import type { Column, RowBatch } from '../../../src/engines/types.js';

let instance: DuckDBInstance;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  await (await instance.connect()).run("attach ':memory:' as etl_work");
});

afterAll(() => instance.closeSync());

const columns: readonly Column[] = [
  { name: 'id', type: { kind: 'integer', bits: 64, unsigned: true }, nullable: false },
  { name: 'body', type: { kind: 'text' }, nullable: true },
  { name: 'day', type: { kind: 'date' }, nullable: true },
  { name: 'moment', type: { kind: 'timestamp' }, nullable: true },
];

function rowsFrom(first: number, count: number): (string | null)[][] {
  return Array.from({ length: count }, (_, at) => {
    const id = first + at;
    const body = id % 5 === 0 ? null : 'ä'.repeat(id % 30);
    return [String(id), body, id % 7 === 0 ? null : '2024-02-29', '2024-02-29 12:00:00.000001'];
  });
}

interface Load {
  readonly sizes: readonly number[];
  /** Turns of the event loop before each batch. */
  readonly turns: readonly number[];
}

let loads = 0;

async function load({ sizes, turns }: Load, whenAsked: (batches: readonly RowBatch[]) => void = () => undefined) {
  const connection = await instance.connect();
  const table = `rows_${++loads}`;
  try {
    const given: RowBatch[] = [];
    const sent = async function* () {
      let first = 0;
      for (const [at, size] of sizes.entries()) {
        whenAsked(given);
        for (let left = turns[at] ?? 0; left > 0; left--) await turn();
        const batch = packRows(rowsFrom(first, size));
        first += size;
        given.push(batch);
        yield batch;
      }
    };
    const loaded = await loadWorkTable(connection, table, columns, sent());
    const read = await connection.runAndReadAll(
      `select id::varchar, body, day::varchar, strftime(moment, '%Y-%m-%d %H:%M:%S.%f') from etl_work.${table}`,
    );
    return { loaded, rows: read.getRows() };
  } finally {
    connection.closeSync();
  }
}

test('batches of any size arrive once and in order, whenever they come', async () => {
  const size = fc.oneof(fc.nat(3), fc.nat(5_000), fc.constantFrom(2_047, 2_048, 2_049, 4_096));
  await fc.assert(
    fc.asyncProperty(
      fc.array(size, { maxLength: 8 }),
      fc.array(fc.nat(4), { minLength: 8, maxLength: 8 }),
      async (sizes, turns) => {
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const { loaded, rows } = await load({ sizes, turns });
        expect(loaded.rows).toBe(total);
        expect(rows).toEqual(rowsFrom(0, total));
      },
    ),
    { numRuns: 40 },
  );
});

test('a batch is not looked at once the next but one is asked for', async () => {
  const sizes = Array.from({ length: 30 }, (_, at) => 1 + ((at * 977) % 4_500));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  for (const turns of [[], sizes.map((size) => size % 3)]) {
    const { rows } = await load({ sizes, turns }, (given) => {
      const past = given.at(-2);
      past?.data.fill('?');
      past?.places.fill(0);
    });
    expect(rows).toEqual(rowsFrom(0, total));
  }
});

test('a value that does not fit is told of a later batch too, with its column, and the source is ended', async () => {
  const connection = await instance.connect();
  let isEnded = false;
  const sent = async function* () {
    try {
      yield packRows(rowsFrom(0, 3_000));
      yield packRows([...rowsFrom(3_000, 2_500), ['x', null, null, null]]);
      for (;;) yield packRows(rowsFrom(6_000, 10));
    } finally {
      isEnded = true;
    }
  };
  const loading = loadWorkTable(connection, 'refused', columns, sent());
  await expect(loading).rejects.toMatchObject({ code: 'SOURCE_DATA', message: expect.stringContaining("'id'") });
  expect(isEnded).toBe(true);
  connection.closeSync();
});

test('what ends the source is what the load ends with', async () => {
  const connection = await instance.connect();
  const sent = async function* () {
    yield packRows(rowsFrom(0, 3_000));
    await turn();
    throw new Error('the network is gone');
  };
  await expect(loadWorkTable(connection, 'broken', columns, sent())).rejects.toThrow('the network is gone');
  connection.closeSync();
});

test('a load that fails does not wait for a batch that is on its way', async () => {
  const connection = await instance.connect();
  const sent = async function* () {
    yield packRows([...rowsFrom(0, 2_500), ['x', null, null, null]]);
    await new Promise(() => undefined);
  };
  await expect(loadWorkTable(connection, 'waiting', columns, sent())).rejects.toMatchObject({ code: 'SOURCE_DATA' });
  connection.closeSync();
});

test('where its batches came from is let go of once they are loaded, though the catalog keeps its function', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const connection = await instance.connect();
  const load = async () => {
    const memory = { batch: packRows(rowsFrom(0, 3_000)) };
    const sent = async function* () {
      yield memory.batch;
      yield memory.batch;
    };
    await loadWorkTable(connection, 'forgotten', columns, sent());
    return new WeakRef(memory);
  };
  const memory = await load();
  for (let turns = 0; turns < 50 && memory.deref() !== undefined; turns++) {
    await turn();
    collect();
  }
  expect(memory.deref()).toBeUndefined();
  connection.closeSync();
});
