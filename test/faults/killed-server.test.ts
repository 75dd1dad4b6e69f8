/** The warehouse's server is killed as by a power cut, and started again: at the swap of new tables, before the commit and at it. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.js';
import { openItemsLab } from '../e2e/items-lab.js';
import type { Lab } from '../e2e/lab.js';
import { type OwnServer, ownServerBinary, startOwnServer } from '../servers/own-server.js';
import { type FaultyProxy, startProxy } from './proxy.js';

const models = {
  m: 'strategy: merge, key: id',
  t: 'strategy: table, key: id',
  u: 'strategy: table',
  w: 'strategy: view',
};
const sql = {
  m: 'select id, v from {{delta "stg_items"}}',
  t: 'select id, v, 0 as r0 from {{ref "m"}}',
  u: 'select count(*) as n, 0 as r0 from {{ref "m"}}',
  w: 'select id, v, 0 as r0 from {{ref "t"}}',
};
const swapped = ['t', 'u', 'w'];
const tables = ['stg_items', 'm', ...swapped];

interface Warehouse {
  readonly lab: Lab;
  /** Between the runs and the server. */
  readonly proxy: FaultyProxy;
}

async function openWarehouse(server: OwnServer): Promise<Warehouse> {
  const proxy = await startProxy({ host: '127.0.0.1', port: server.port });
  const through = { olap: { port: proxy.port } };
  const lab = await openItemsLab('mysql', { models, sql, warehouseServer: server.url, through });
  await lab.runWell();
  return { lab, proxy };
}

/** Rows are changed, and one comes. */
async function change({ oltp }: Lab, round: number): Promise<void> {
  await oltp.query(`update items set v = v + ${round}, updated_at = now(6)`);
  await oltp.query(`insert into items values (${100 + round}, 'x', 1, ${round}, now(6), 0)`);
}

/** A column of each goes and another one comes, so that a full refresh builds them beside the old ones. */
async function redefine(lab: Lab, round: number): Promise<void> {
  for (const name of ['t', 'u', 'w'] as const) {
    await lab.write(`sql/${name}.sql`, sql[name].replace('0 as r0', `${round} as r${round}`));
  }
}

/** All tables hold what the source holds, each row once. */
async function expectExact(lab: Lab): Promise<void> {
  const items = (await lab.oltp.query('select id, v from items')).map((row) => JSON.stringify(row)).sort();
  for (const table of ['stg_items', 'm', 't', 'w']) expect(await lab.rows(table, 'id, v'), table).toEqual(items);
  expect(await lab.rows('u', 'n')).toEqual([`{"n":${items.length}}`]);
}

/** Does it once, and remembers what came of it. */
function onceOnly(work: () => Promise<void>) {
  let begun: Promise<void> | undefined;
  return {
    do: () => {
      begun ??= work();
    },
    get isDone() {
      return begun !== undefined;
    },
    end: async () => {
      expect(begun).toBeDefined();
      await begun;
    },
  };
}

describe.skipIf(ownServerBinary === undefined).each([1, 0])('with innodb_flush_log_at_trx_commit = %i', (flush) => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startOwnServer({
      // A page that a killed server has half written is mended from its double.
      settings: [`--innodb-flush-log-at-trx-commit=${flush}`, '--innodb-doublewrite=1'],
    });
  });
  const restart = async () => {
    await server.kill();
    await server.start();
  };
  /** With 0 what was committed in the last second may be gone: whole commits, from the last one back. */
  const isKept = flush === 1;

  test('killed at the RENAME: all tables are old or all new, and the next run leaves them as a rebuild would', async () => {
    const { lab, proxy } = await openWarehouse(server);
    for (const [round, fate] of (['pass', 'cut'] as const).slice(0, isKept ? 2 : 1).entries()) {
      const before = await lab.allRows(tables);
      await change(lab, round + 1);
      await redefine(lab, round + 1);
      const kill = onceOnly(() => server.kill());
      proxy.fromClient = (part) => {
        if (kill.isDone || !/rename table/i.test(part.toString())) return 'pass';
        kill.do();
        return fate;
      };
      const report = await lab.run({ fullRefresh: true });
      await kill.end();
      expect(report.status).toBe('succeeded');
      const said = report.warnings.map(({ message }) => message);
      expect(said).toContainEqual(expect.stringContaining('the data is committed, but new tables are not swapped in'));
      await server.start();
      const left = await lab.allRows(tables);
      const isLost = !isKept && JSON.stringify(left) === JSON.stringify(before);
      await lab.runWell({ fullRefresh: isLost });
      const after = await lab.allRows(tables);
      const swappedOf = (rows: typeof left) => swapped.map((name) => rows[name]);
      expect([before, after].map(swappedOf)).toContainEqual(swappedOf(left));
      if (!isLost) expect([left.stg_items, left.m]).toEqual([after.stg_items, after.m]);
    }
    expect(await lab.allRows(tables)).toEqual(await lab.rebuilt(tables));
    expect(await lab.query('select run_id from etl_publication')).toEqual([]);
    expect(await lab.query(`show tables like '%\\_\\_%'`)).toEqual([]);
  });

  test('restarted between load and commit: the run goes on, or ends where loaded rows may be lost', async () => {
    const { lab } = await openWarehouse(server);
    const before = await lab.allRows(tables);
    await change(lab, 1);
    const restarted = onceOnly(restart);
    const codes: string[] = [];
    const onEvent = (event: RunEvent) => {
      if (event.type === 'step-retry') codes.push(event.error.code);
      if (event.type === 'stage' && event.stage === 'transform') restarted.do();
    };
    const { error } = await lab.run({ onEvent });
    await restarted.end();
    expect(codes[0]).toBe('CONNECTION_LOST');
    if (isKept) {
      expect(error).toBeUndefined();
    } else {
      const hint = expect.stringContaining('innodb_flush_log_at_trx_commit = 1');
      expect(error).toMatchObject({ code: 'CONNECTION_LOST', hint });
      expect(await lab.allRows(tables)).toEqual(before);
      await lab.runWell();
    }
    await expectExact(lab);
  });

  test.each(['before it answers', 'after its answer, which is lost'].slice(isKept ? 0 : 1))(
    'restarted at the commit, %s: the run tells what came of it, and the work is done once',
    async (when) => {
      const { lab, proxy } = await openWarehouse(server);
      const before = await lab.allRows(tables);
      await change(lab, 1);
      const restarted = onceOnly(restart);
      const isCommit = /commit$/i;
      const onEvent = (event: RunEvent) => {
        if (event.type !== 'stage' || event.stage !== 'commit') return;
        proxy.fromClient = (part) => {
          if (when === 'before it answers' && isCommit.test(part.toString())) restarted.do();
          return 'pass';
        };
        proxy.fromServer = (_part, { statement }) => {
          if (restarted.isDone || !isCommit.test(statement)) return 'pass';
          restarted.do();
          return 'cut';
        };
      };
      const { error } = await lab.run({ onEvent });
      await restarted.end();
      if (error !== undefined) {
        expect([isKept, error.code]).toEqual([false, 'CONNECTION_LOST']);
        expect(await lab.allRows(tables)).toEqual(before);
        await lab.runWell();
      }
      await expectExact(lab);
      const ends = (await lab.query('select status from etl_run_log order by batch')).map(({ status }) => status);
      expect(ends.filter((status) => status === 'succeeded')).toHaveLength(2);
      const { steps } = await lab.runWell();
      expect(steps.map(({ rowsInserted, rowsUpdated }) => rowsInserted + rowsUpdated)).toEqual(steps.map(() => 0));
    },
  );
});
