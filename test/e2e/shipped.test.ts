/** The project that ships, over one chat database: at first, and after each of two rounds of changes to it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillChat } from '../../src/demo/fill.js';
import { type Random, randomOf } from '../../src/demo/random.js';
import { openChatDatabase } from '../../src/demo/targets.js';
import { openShippedChat, type ShippedChat, size } from './shipped-chat.js';
import { openExpected, type PlainRows, tables } from './shipped-expected.js';
import { openShipped, type ShippedOptions, type ShippedProject, type Warehouse } from './shipped-project.js';
import { differences, tableRows } from './shipped-rows.js';

const stages = ['at first', 'after a round of changes', 'after another round'] as const;

/** Each is run at each stage. */
const warehouses = {
  DuckDB: {},
  MySQL: { into: 'mysql' },
  'DuckDB, step by step': { atomicity: 'step' },
  'DuckDB, in parts': {},
} satisfies Record<string, Omit<ShippedOptions, 'oltp'>>;
type WarehouseName = keyof typeof warehouses;

/** What is not as it is when all is changed: calendars. */
const constant = ['dim_date', 'dim_time'];

const projects = new Map<string, ShippedProject>();
const wanted = new Map<string, ReadonlyMap<string, PlainRows>>();
/** What each held at each stage; where a run failed, a promise that failed as it did. */
const found = new Map<string, Promise<Warehouse>>();
let chat: ShippedChat;

beforeAll(async () => {
  chat = await openShippedChat();
  for (const [name, options] of Object.entries(warehouses)) {
    projects.set(name, await openShipped({ ...options, oltp: chat.database }));
  }
  const expected = openExpected();
  const random = randomOf(1);
  for (const [index, stage] of stages.entries()) {
    if (index === 1 || index === 2) await chat.change(index);
    wanted.set(stage, await expected(chat.database));
    for (const [name, project] of projects) {
      const run = name === 'DuckDB, in parts' ? runInParts(project, stage, random) : project.run();
      found.set(
        `${name} ${stage}`,
        run.then(() => project.read()),
      );
    }
    await Promise.allSettled(found.values());
  }
}, 300_000);

afterAll(async () => {
  for (const project of projects.values()) await project.close();
  await chat?.close();
});

/**
 * At first and in the end each pipeline with what it needs, in random order, one more without, then all.
 * Between the two some alone, so that facts are two rounds behind what they read.
 */
async function runInParts(project: ShippedProject, stage: string, random: Random): Promise<void> {
  if (stage === stages[1]) {
    await project.run(['dimensions']);
    await project.run(['metrics'], false);
    return;
  }
  const waiting = [...project.pipelines];
  while (waiting.length > 0) await project.run(waiting.splice(random.below(waiting.length), 1));
  await project.run([random.pick(project.pipelines)], false);
  await project.run();
}

function projectOf(name: WarehouseName): ShippedProject {
  const project = projects.get(name);
  if (project === undefined) throw new Error(`${name} was not made`);
  return project;
}

async function warehouseOf(name: WarehouseName, stage: string): Promise<Warehouse> {
  return (await found.get(`${name} ${stage}`)) ?? new Map();
}

/** By table: what is not equal, in the tables that are in either. */
function differencesOf(actual: Warehouse, expected: Warehouse, left: readonly string[] = []) {
  const names = new Set([...actual.keys(), ...expected.keys()]);
  return [...names].flatMap((table) => {
    const [one, other] = [actual.get(table), expected.get(table)];
    if (left.includes(table)) return [];
    if (one === undefined || other === undefined) return [`${table} is missing`];
    return differences(one, other).map((text) => `${table}: ${text}`);
  });
}

test('every table of the project has a query of what it must hold', () => {
  expect([...tables].sort()).toEqual([...projectOf('DuckDB').tables].sort());
});

describe.each(stages)('%s', (stage) => {
  describe.each(['DuckDB', 'MySQL'] as const)('in %s', (name) => {
    test.each(tables)('%s holds what its definition says, counted in the chat database itself', async (table) => {
      const actual = (await warehouseOf(name, stage)).get(table);
      const rows = wanted.get(stage)?.get(table);
      if (actual === undefined || rows === undefined) throw new Error(`${table} is missing`);
      expect(rows.length).toBeGreaterThan(0);
      expect(differences(actual, tableRows(actual.types, rows))).toEqual([]);
    });
  });

  test('the two warehouses are equal, row for row', async () => {
    const [duckdb, mysql] = [await warehouseOf('DuckDB', stage), await warehouseOf('MySQL', stage)];
    expect(duckdb.size).toBe(tables.length);
    expect(differencesOf(mysql, duckdb)).toEqual([]);
    // MySQL's booleans are whole numbers.
    const kinds = (warehouse: Warehouse) =>
      [...warehouse].map(([table, { types }]) => [
        table,
        types.map(({ type: { kind } }) => (kind === 'boolean' ? 'integer' : kind)),
      ]);
    expect(kinds(mysql)).toEqual(kinds(duckdb));
  });

  test('tables published step by step are those of a run that publishes all at once', async () => {
    expect(differencesOf(await warehouseOf('DuckDB, step by step', stage), await warehouseOf('DuckDB', stage))).toEqual(
      [],
    );
  });
});

test('each round of changes reaches every fact, dimension and metric', () => {
  for (const [index, stage] of stages.slice(1).entries()) {
    const before = wanted.get(stages[index] ?? '');
    const same = tables.filter(
      (table) => JSON.stringify(before?.get(table)) === JSON.stringify(wanted.get(stage)?.get(table)),
    );
    expect(same.sort()).toEqual(constant);
  }
});

test.each([stages[0], stages[2]])(
  'runs of some pipelines in any order, then of all, end where a run of all does (%s)',
  async (stage) => {
    expect(differencesOf(await warehouseOf('DuckDB, in parts', stage), await warehouseOf('DuckDB', stage))).toEqual([]);
  },
);

describe('when all is done', () => {
  test.each(['DuckDB', 'MySQL', 'DuckDB, step by step'] as const)('a run into %s skips every model', async (name) => {
    const { steps } = await projectOf(name).run();
    const models = steps.filter(({ kind }) => kind === 'model');
    expect(models.filter(({ status }) => status !== 'skipped').map(({ step, reasons }) => [step, reasons])).toEqual([]);
    expect(models.length).toBeGreaterThan(15);
    const moved = steps.filter((step) => step.rowsInserted + step.rowsUpdated + step.rowsDeleted > 0);
    expect(moved.map(({ step }) => step)).toEqual([]);
  });

  test.each(['duckdb', 'mysql'] as const)(
    'a first run into another warehouse (%s) ends at the same tables',
    async (into) => {
      const project = await openShipped({ oltp: chat.database, into });
      try {
        await project.run();
        // Who comes late knows no history.
        expect(differencesOf(await project.read(), await warehouseOf('DuckDB', stages[2]), ['dim_user'])).toEqual([]);
      } finally {
        await project.close();
      }
    },
  );
});

test('an embedded chat database with the same data gives the same tables', async () => {
  const project = await openShipped({});
  try {
    await mkdir(join(project.root, 'data'));
    const options = { path: 'data/chat.duckdb' };
    const embedded = await openChatDatabase({ name: 'oltp', type: 'duckdb', options, root: project.root });
    await fillChat(embedded, size, false).finally(() => embedded.close());
    await project.run();
    expect(differencesOf(await project.read(), await warehouseOf('DuckDB', stages[0]))).toEqual([]);
  } finally {
    await project.close();
  }
});
