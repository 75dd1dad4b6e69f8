/** `reconcile`: what the cursor does not tell is found by comparing rows, and mended by a run of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createConnection } from 'mysql2/promise';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.js';
import { chatEtl } from '../cli/capture.js';
import { type ItemsProject, openItemsLab } from './items-lab.js';
import { type Lab, targets } from './lab.js';

type Target = (typeof targets)[number];

const old = `'2024-01-01'`;
const numbers = (count: number) => {
  const digits = Array.from({ length: 10 }, (_, digit) => `select ${digit} as d`).join(' union all ');
  return `(with d as (${digits}) select 1 + a.d + 10 * b.d + 100 * c.d as i from d a, d b, d c having i <= ${count}) s`;
};

const seen = { models: { seen: 'strategy: view' }, sql: { seen: 'select count(*) as n from {{ref "stg_items"}}' } };

/** Items 1 to 600, of one old cursor, and one new: a run reads none of the old ones again. Their sum is followed by a delta. */
async function openReconcileLab(target: Target, project: ItemsProject = {}): Promise<Lab> {
  const lab = await openItemsLab(target, {
    models: { copies: 'strategy: merge, key: id' },
    sql: { copies: 'select id, v from {{delta "stg_items"}}' },
    source: ['deletes: detect'],
    ...project,
  });
  await lab.oltp.query(`insert into items select 100 + i, concat('c', i), 1, i, ${old}, 0 from ${numbers(600)}`);
  await lab.oltp.query(`insert into items values (9999, 'new', 1, 0, now(6), 0)`);
  await lab.runWell();
  return lab;
}

interface Found {
  readonly code: number;
  readonly sources: readonly Record<string, unknown>[];
  readonly skipped: readonly Record<string, unknown>[];
  readonly run?: { readonly steps: readonly Record<string, unknown>[] };
}

async function reconcile(lab: Lab, ...flags: readonly string[]): Promise<Found> {
  const { code, stdout, stderr } = await chatEtl('reconcile', ...flags, '--json', '--quiet', '--root', lab.root);
  if (stdout === '') throw new Error(stderr);
  return { code, ...JSON.parse(stdout) };
}

const killRun = fileURLToPath(new URL('./kill-run.mjs', import.meta.url));

/** How a repair ended that was killed at an event. */
async function killedRepair(lab: Lab, point: string): Promise<unknown> {
  const child = spawn(process.execPath, [killRun, lab.root, point, 'SIGKILL', 'repair'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code, signal] = await once(child, 'exit');
  return signal ?? code;
}

describe.each(targets)('into %s', (target) => {
  test('updates that touch no cursor, rows that never came and rows that are gone are found by key, repaired, and journaled', async () => {
    const lab = await openReconcileLab(target);
    expect(await reconcile(lab)).toMatchObject({ code: 0, sources: [{ rowsMissing: 0, rowsExtra: 0, rowsStale: 0 }] });
    await lab.oltp.query('update items set v = -1 where id in (200, 650)');
    await lab.oltp.query('delete from items where id = 300');
    await lab.oltp.query(`insert into items values (5000, 'late', 1, 7, ${old}, 0)`);
    const found = await reconcile(lab, 'items');
    expect(found).toMatchObject({
      code: 1,
      sources: [{ rowsMissing: 1, rowsExtra: 1, rowsStale: 2, rowsCompared: 604 }],
    });
    expect(found.sources[0]?.keys).toEqual([
      { why: 'missing', key: { id: 5000 } },
      { why: 'extra', key: { id: 300 } },
      { why: 'stale', key: { id: 200 } },
      { why: 'stale', key: { id: 650 } },
    ]);
    const ranges = (found.sources[0]?.ranges ?? []) as readonly string[];
    const isWithin = (id: number) =>
      ranges.some((range) => {
        const [, first, last] = /^id (\d+) to (\d+)$/.exec(range) ?? [];
        return Number(first) <= id && id <= Number(last);
      });
    expect([200, 300, 650, 5000, 450].map(isWithin)).toEqual([true, true, true, true, false]);
    expect(found.sources[0]?.rowsLookedAt).toBeLessThan(100);
    expect((await lab.query('select count(*) as n from etl_run_log')).map(({ n }) => Number(n))).toEqual([1]);
    const repaired = await reconcile(lab, '--repair');
    expect(repaired.code).toBe(0);
    expect(repaired.run?.steps).toMatchObject([{ step: 'stg_items', rowsInserted: 1, rowsUpdated: 2, rowsDeleted: 1 }]);
    const journal = await lab.query('select triggered_by, status from etl_run_log order by batch');
    expect(journal.at(-1)).toEqual({ triggered_by: 'reconcile', status: 'succeeded' });
    expect(await reconcile(lab)).toMatchObject({ code: 0, sources: [{ rowsStale: 0, rowsLookedAt: 0 }] });
    const { steps } = await lab.runWell();
    expect(steps.at(-1)).toMatchObject({
      step: 'copies',
      action: 'update',
      rowsInserted: 1,
      rowsUpdated: 2,
      rowsDeleted: 1,
    });
    expect(await lab.allRows(['copies'])).toEqual(await lab.rebuilt(['copies']));
  });

  test('what the next read brings anyway is no difference, while writers are at work', async () => {
    const lab = await openReconcileLab(target);
    const writer = await createConnection(lab.oltp.options);
    onTestFinished(() => writer.end());
    let isWriting = true;
    const writing = (async () => {
      for (let at = 1; isWriting; at++) {
        await writer.query(`insert into items values (${10_000 + at}, 'w', 1, 1, now(6), 0)`);
        await writer.query(`update items set v = v + 1, updated_at = now(6) where id = ${101 + ((at * 37) % 600)}`);
      }
    })();
    for (let look = 0; look < 3; look++) {
      expect(await reconcile(lab)).toMatchObject({
        code: 0,
        sources: [{ rowsMissing: 0, rowsExtra: 0, rowsStale: 0 }],
      });
    }
    isWriting = false;
    await writing;
  });

  test('a row that waits to be merged is not looked at, nor a difference beside one that is', async () => {
    const lab = await openReconcileLab(target);
    // So few that they are one range.
    await lab.oltp.query(`insert into items select 9000 + i, 'few', 1, i, ${old}, 0 from ${numbers(3)}`);
    await lab.runWell({ detect: ['stg_items'] });
    await lab.oltp.query(`insert into items values (10000, 'new', 1, 1, now(6), 0)`);
    await lab.oltp.query('update items set v = 5, updated_at = now(6) where id = 9001');
    expect(await reconcile(lab)).toMatchObject({
      code: 0,
      sources: [{ rowsCompared: 608, rowsLookedAt: 0, ranges: [] }],
    });
    await lab.oltp.query('update items set v = -1 where id = 9002');
    expect(await reconcile(lab)).toMatchObject({ sources: [{ rowsStale: 1, keys: [{ key: { id: 9002 } }] }] });
  });

  test('with `deletes: ignore` rows that are gone are counted and stay', async () => {
    const lab = await openReconcileLab(target, { source: [] });
    await lab.oltp.query('delete from items where id in (200, 300)');
    expect(await reconcile(lab)).toMatchObject({ code: 0, sources: [{ rowsExtra: 0, rowsIgnored: 2, keys: [] }] });
    await lab.oltp.query('update items set v = -1 where id = 201');
    expect(await reconcile(lab, '--repair')).toMatchObject({ code: 0 });
    const left = await lab.query('select id, v from stg_items where id in (200, 201, 300) order by id');
    expect(left.map(({ id, v }) => [Number(id), v])).toEqual([
      [200, 100],
      [201, -1],
      [300, 200],
    ]);
  });

  test('a row marked as deleted behind the cursor is extra; rows kept and flagged are not', async () => {
    const lab = await openReconcileLab(target, {
      source: ['deletes: { soft_column: gone, detect: { every: 1h } }', 'deleted_rows: keep'],
    });
    await lab.oltp.query('update items set gone = 1 where id = 200');
    await lab.oltp.query('delete from items where id = 300');
    const found = await reconcile(lab);
    expect(found).toMatchObject({ code: 1, sources: [{ rowsExtra: 2, rowsMissing: 0, rowsStale: 0 }] });
    expect(await reconcile(lab, '--repair')).toMatchObject({ code: 0 });
    const flagged = await lab.query('select id from stg_items where etl_deleted_at is not null order by id');
    expect(flagged.map(({ id }) => Number(id))).toEqual([200, 300]);
    expect(await reconcile(lab)).toMatchObject({ code: 0, sources: [{ rowsExtra: 0, rowsLookedAt: 0 }] });
    await lab.oltp.query('update items set gone = 0 where id = 200');
    expect(await reconcile(lab)).toMatchObject({ code: 1, sources: [{ rowsMissing: 1 }] });
  });

  test('doubles beyond short exact text are compared by reading their rows', async () => {
    const lab = await openReconcileLab(target, {
      source: ['columns: { add: { weight: "v * 1e-30" } }', 'deletes: detect'],
    });
    const found = await reconcile(lab);
    expect(found).toMatchObject({ code: 0, sources: [{ rowsStale: 0 }] });
    expect(found.sources[0]?.rowsLookedAt).toBeGreaterThan(500);
    await lab.oltp.query('update items set v = v + 1 where id = 400');
    expect(await reconcile(lab)).toMatchObject({ code: 1, sources: [{ rowsStale: 1 }] });
  });

  test('a geometry that staging has without its SRID is stale', async () => {
    const place = `st_geomfromtext('POINT(1 2)', if(id = 400, 3857, 0))`;
    const lab = await openReconcileLab(target, {
      source: [`columns: { add: { place: "${place}" } }`, 'deletes: detect'],
    });
    const placeOf400 = () => lab.query('select hex(place) as place from stg_items where id = 400');
    const whole = await placeOf400();
    await lab.query(`update stg_items set place = unhex('0101000000000000000000f03f0000000000000040') where id = 400`);
    const { code, sources } = await reconcile(lab);
    expect({ code, keys: sources[0]?.keys }).toEqual({ code: 1, keys: [{ why: 'stale', key: { id: 400 } }] });
    expect(await reconcile(lab, '--repair')).toMatchObject({ code: 0 });
    expect(await placeOf400()).toEqual(whole);
  });

  test('a repair that is cancelled before its commit changes nothing, and the next one mends all', async () => {
    const lab = await openReconcileLab(target);
    await lab.oltp.query('update items set v = -1 where id in (200, 650)');
    const before = await lab.allRows(['stg_items']);
    const cancel = new AbortController();
    const repair = { sources: ['stg_items'], mode: 'repair' } as const;
    const onEvent = (event: RunEvent) => {
      if (event.type === 'stage' && event.stage === 'commit') cancel.abort();
    };
    const cancelled = await lab.run({ reconcile: repair, signal: cancel.signal, onEvent });
    expect(cancelled.status).toBe('cancelled');
    expect(await lab.allRows(['stg_items'])).toEqual(before);
    const { steps } = await lab.runWell({ reconcile: repair });
    expect(steps).toMatchObject([{ rowsUpdated: 2, rowsInserted: 0, rowsDeleted: 0 }]);
  });

  test('a repair that is killed leaves staging as it was or repaired, and the next one mends the rest', async () => {
    const lab = await openReconcileLab(target);
    await lab.oltp.query('update items set v = -1 where id in (200, 650)');
    await lab.oltp.query('delete from items where id = 300');
    const before = await lab.allRows(['stg_items']);
    for (const point of ['stage:transform', 'stage:commit']) {
      expect(await killedRepair(lab, point), point).toBe('SIGKILL');
      expect(await lab.allRows(['stg_items']), point).toEqual(before);
    }
    expect(await killedRepair(lab, 'stage:publish')).toBe('SIGKILL');
    const source = await lab.oltp.query('select id, v from items');
    expect(await lab.rows('stg_items', 'id, v')).toEqual(source.map((row) => JSON.stringify(row)).sort());
    expect(await reconcile(lab, '--repair')).toMatchObject({ code: 0, sources: [{ rowsStale: 0, rowsExtra: 0 }] });
  });

  test('by keys of several columns, texts and bytes too, and by unsigned ones beyond 2^63', async () => {
    const lab = await openReconcileLab(target, { ...seen, source: ['deletes: detect'] });
    const table = `of_key (kind enum('b', 'A'), name varchar(20) collate utf8mb4_general_ci, b binary(4), u bigint unsigned, v int, updated_at datetime(6) default ${old}, key (updated_at))`;
    await lab.oltp.query(`create table ${table}`);
    await lab.oltp.query(
      `insert into of_key select if(i % 2, 'A', 'b'), concat('n', i), unhex(lpad(hex(i), 8, '0')), 18446744073709551615 - i, i, ${old} from ${numbers(300)}`,
    );
    await lab.oltp.query(`insert into of_key values ('b', 'new', x'ffffffff', 1, 0, now(6))`);
    await lab.edit('pipelines/p.yaml', 'table: items', 'table: of_key');
    let before = 'id';
    for (const [key, shown] of [
      ['[kind, name]', { kind: 'A', name: 'n7' }],
      ['b', { b: '00000007' }],
      ['u', { u: '18446744073709551608' }],
    ] as const) {
      await lab.edit('pipelines/p.yaml', `key: ${before}`, `key: ${key}`);
      before = key;
      await lab.oltp.query('update of_key set v = 7 where v = -7');
      await lab.runWell();
      await lab.oltp.query('update of_key set v = -7 where v = 7');
      const { code, sources } = await reconcile(lab);
      expect({ code, keys: sources[0]?.keys }).toEqual({ code: 1, keys: [{ why: 'stale', key: shown }] });
    }
  });

  test('a repair that fails changes nothing', async () => {
    const lab = await openReconcileLab(target, { source: ['append_only: true'], ...seen });
    await lab.oltp.query('update items set v = -1 where id = 200');
    await lab.oltp.query(`insert into items values (5000, 'late', 1, 7, ${old}, 0)`);
    const before = await lab.allRows(['stg_items']);
    const { code, stderr } = await chatEtl('reconcile', '--repair', '--root', lab.root);
    expect(code).toBe(1);
    expect(stderr).toMatch(/append_only but rows changed: updated id = 200/);
    expect(await lab.allRows(['stg_items'])).toEqual(before);
  });
});

test('sources that cannot be compared are named with the reason, and a person reads a table', async () => {
  const lab = await openItemsLab('duckdb', { isWhole: true, ...seen });
  await lab.runWell();
  const whole = await chatEtl('reconcile', '--root', lab.root, '--quiet');
  expect(whole).toMatchObject({ code: 0 });
  expect(whole.stdout).toBe(
    '! stg_items is not compared: it has no cursor: each run reads it whole\nnothing was compared\n',
  );
  expect(await chatEtl('reconcile', 'itms', '--root', lab.root)).toMatchObject({ code: 2 });
  const stale = await openReconcileLab('duckdb');
  await stale.oltp.query('update items set v = -1 where id = 200');
  const { stdout, stderr, code } = await chatEtl('reconcile', '--root', stale.root);
  expect(code).toBe(1);
  expect(stderr).toBe('comparing 1 source\n! stg_items: 604 rows compared, 1 row differs\n');
  expect(stdout).toContain('id = 200  another content');
  expect(stdout).toContain('1 row differs; chat-etl reconcile --repair mends it');
});
