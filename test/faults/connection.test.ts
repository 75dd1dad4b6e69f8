/** The network between us and a server breaks: the run tries again and ends exact, or ends cleanly. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.js';
import { openItemsLab } from '../e2e/items-lab.js';
import { type Lab, targets } from '../e2e/lab.js';
import { freshDatabase } from '../servers/database.js';
import { type Fate, type FaultyProxy, startProxy } from './proxy.js';

const models = { m: 'strategy: merge, key: id', t: 'strategy: table' };
const sql = { m: 'select id, v from {{delta "stg_items"}}', t: 'select id, v from {{ref "m"}}' };

/** Rows of a few MB, so that a read has a middle. */
const manyItems = `insert into items select seq, repeat(char(97 + seq % 26), 20), seq % 7, seq, '2024-01-03', 0 from seq_10_to_12000`;
const manyItemsAnywhere = `insert into items with recursive n (seq) as (select 10 union all select seq + 1 from n where seq < 12000)
  select seq, repeat(char(97 + seq % 26), 20), seq % 7, seq, '2024-01-03', 0 from n`;

async function insertMany({ oltp }: Lab): Promise<void> {
  await oltp.query(manyItems).catch(async () => {
    await oltp.query('set cte_max_recursion_depth = 100000');
    await oltp.query(manyItemsAnywhere);
  });
}

/** Does something to the first part that matches, and to none after it. */
function once(fate: Fate, matches: (part: Buffer, connection: { received: number; statement: string }) => boolean) {
  let isDone = false;
  return (part: Buffer, connection: { received: number; statement: string }): Fate => {
    if (isDone || !matches(part, connection)) return 'pass';
    isDone = true;
    return fate;
  };
}

function retries() {
  const codes: string[] = [];
  const onEvent = (event: RunEvent) => void (event.type === 'step-retry' && codes.push(event.error.code));
  return { codes, onEvent };
}

async function expectExact(lab: Lab): Promise<void> {
  const [source] = await lab.oltp.query('select count(*) as n, sum(v) as total, count(distinct id) as ids from items');
  for (const table of ['stg_items', 'm', 't']) {
    const [row] = await lab.query(`select count(*) as n, sum(v) as total, count(distinct id) as ids from ${table}`);
    expect([row?.n, row?.total, row?.ids].map(Number), table).toEqual(
      [source?.n, source?.total, source?.ids].map(Number),
    );
  }
}

async function labBehind(proxy: FaultyProxy, target: 'duckdb' | 'mysql', config = ''): Promise<Lab> {
  const lab = await openItemsLab(target, { models, sql, config, through: { oltp: { port: proxy.port } } });
  return lab;
}

async function proxyOfServer(): Promise<FaultyProxy> {
  const server = await freshDatabase('probe');
  await server.drop();
  return startProxy(server);
}

/** A read does not go on in a table that may be younger than it; the server tells ages by the second. */
async function waitUntilOld({ oltp }: Lab): Promise<void> {
  const age = `select max(create_time < now() - interval 2 second) as is_old from information_schema.tables where table_schema = database()`;
  while (Number((await oltp.query(age))[0]?.is_old) !== 1) await wait(100);
}

describe.each(targets)('the source of a run into %s', (target) => {
  test.each(['cut', 'half'] as const)(
    'is read again when its connection is broken in the middle (%s)',
    async (fate) => {
      const proxy = await proxyOfServer();
      const lab = await labBehind(proxy, target);
      await insertMany(lab);
      proxy.fromServer = once(
        fate,
        (_part, { received, statement }) => received > 200_000 && /from .?items/i.test(statement),
      );
      const { codes, onEvent } = retries();
      expect((await lab.run({ onEvent })).status).toBe('succeeded');
      expect(codes).toEqual(['CONNECTION_LOST']);
      await expectExact(lab);
    },
  );

  test('is given up and read again when it falls silent', async () => {
    const proxy = await proxyOfServer();
    const lab = await labBehind(proxy, target);
    await lab.edit('chat-etl.config.yaml', 'into: olap', 'into: olap, timeout: 2s');
    await insertMany(lab);
    proxy.fromServer = once(
      'stall',
      (_part, { received, statement }) => received > 200_000 && /from .?items/i.test(statement),
    );
    const { codes, onEvent } = retries();
    expect((await lab.run({ onEvent })).status).toBe('succeeded');
    expect(codes).toEqual(['TIMEOUT']);
    await expectExact(lab);
  });
});

test('a source that stays away ends the run with a hint, and the next run ends where a clean one would', async () => {
  const proxy = await proxyOfServer();
  const lab = await labBehind(proxy, 'duckdb');
  await lab.runWell();
  const before = await lab.allRows(['stg_items', 'm', 't']);
  await insertMany(lab);
  proxy.isDown = true;
  const { codes, onEvent } = retries();
  const report = await lab.run({ onEvent });
  expect(report).toMatchObject({ status: 'failed', error: { hint: expect.stringContaining('is the server up') } });
  expect(codes).toHaveLength(2);
  expect(await lab.allRows(['stg_items', 'm', 't'])).toEqual(before);
  const [row] = await lab.query('select status, error_code from etl_run_log order by batch desc limit 1');
  expect(row).toEqual({ status: 'failed', error_code: report.error?.code });
  proxy.isDown = false;
  await lab.runWell();
  await expectExact(lab);
});

test.each([
  ['begins again', 50_000],
  ['goes on behind the last key', 1_000],
])(
  'a source that goes away while it is read is waited for, whatever the attempts, and its read %s',
  async (how, rows) => {
    const proxy = await proxyOfServer();
    const lab = await labBehind(proxy, 'duckdb');
    await lab.edit('chat-etl.config.yaml', 'into: olap', `into: olap, retries: 1, batch_size: ${rows}`);
    await insertMany(lab);
    await waitUntilOld(lab);
    proxy.fromServer = once('cut', (_part, { received, statement }) => {
      const isHit = received > 200_000 && /from .?items/i.test(statement);
      if (isHit) proxy.isDown = true;
      return isHit;
    });
    let isBehindKey = false;
    const proxyFate = proxy.fromServer;
    proxy.fromServer = (part, connection) => {
      isBehindKey ||= /where .*id. > '/i.test(connection.statement);
      return proxyFate(part, connection);
    };
    const codes: string[] = [];
    const onEvent = (event: RunEvent) => {
      if (event.type !== 'step-retry') return;
      codes.push(event.error.code);
      proxy.isDown = codes.length < 4;
    };
    const report = await lab.run({ onEvent });
    expect([report.status, ...codes]).toEqual(['succeeded', 'CONNECTION_LOST', ...Array(3).fill('CONNECTION')]);
    expect(isBehindKey).toBe(how === 'goes on behind the last key');
    await expectExact(lab);
  },
);

describe('a warehouse whose connection breaks', () => {
  async function labInto(proxy: FaultyProxy): Promise<Lab> {
    const lab = await openItemsLab('mysql', { models, sql, through: { olap: { port: proxy.port } } });
    await lab.runWell();
    await insertMany(lab);
    return lab;
  }

  test.each([
    ['while rows are loaded', /^.*(load data|insert into .*etl_work_)/i],
    ['while staging is merged', /^.*insert into .?stg_items/i],
    ['while a model runs', /^.*insert into .?m\b/i],
  ])('%s is written to again, exactly', async (_when, statement) => {
    const proxy = await proxyOfServer();
    const lab = await labInto(proxy);
    proxy.fromClient = once('half', (_part, connection) => statement.test(connection.statement));
    const { codes, onEvent } = retries();
    expect((await lab.run({ onEvent })).status).toBe('succeeded');
    expect(codes).toEqual(['CONNECTION_LOST']);
    await expectExact(lab);
  });

  const isCommit = /commit$/i;

  test('before it hears of the commit has not committed: the work is done again', async () => {
    const proxy = await proxyOfServer();
    const lab = await labInto(proxy);
    const { codes, onEvent } = retries();
    const cutCommit = once('cut', (part) => isCommit.test(part.toString()));
    const armed = (event: RunEvent) => {
      onEvent(event);
      if (event.type === 'stage' && event.stage === 'commit') proxy.fromClient = cutCommit;
    };
    const report = await lab.run({ onEvent: armed });
    expect(report.error).toBeUndefined();
    expect(codes).toEqual(['CONNECTION_LOST']);
    await expectExact(lab);
    expect(await lastRuns(lab)).toEqual(['succeeded', 'succeeded']);
  });

  test('after it has committed, and before it says so, has succeeded: the work is not done twice', async () => {
    const proxy = await proxyOfServer();
    const lab = await labInto(proxy);
    await lab.edit('sql/t.sql', 'select id, v', 'select id, v, v + 1 as more');
    const { codes, onEvent } = retries();
    const armed = (event: RunEvent) => {
      onEvent(event);
      if (event.type === 'stage' && event.stage === 'commit')
        proxy.fromServer = once('cut', (_part, { statement }) => isCommit.test(statement));
    };
    const report = await lab.run({ onEvent: armed });
    expect(report.status).toBe('succeeded');
    expect(codes).toEqual([]);
    await expectExact(lab);
    expect((await lab.rows('t'))[0]).toContain('"more"');
    expect(await lastRuns(lab)).toEqual(['succeeded', 'succeeded']);
    expect((await lab.runWell()).steps.every(({ rowsInserted }) => rowsInserted === 0)).toBe(true);
  });

  test('and stays away at the commit leaves open whether it passed: the journal is right, and the next run goes on from it', async () => {
    const proxy = await proxyOfServer();
    const lab = await labInto(proxy);
    await lab.edit('chat-etl.config.yaml', 'into: olap', 'into: olap, timeout: 3s');
    const armed = (event: RunEvent) => {
      if (event.type === 'stage' && event.stage === 'commit')
        proxy.fromServer = once('cut', (_part, { statement }) => {
          if (isCommit.test(statement)) proxy.isDown = true;
          return isCommit.test(statement);
        });
    };
    const report = await lab.run({ onEvent: armed });
    expect(report).toMatchObject({ status: 'failed', error: { code: 'COMMIT_UNKNOWN' } });
    expect(report.error?.hint).toContain('run again');
    proxy.isDown = false;
    expect(await lastRuns(lab)).toEqual(['succeeded', 'succeeded']);
    await lab.runWell();
    await expectExact(lab);
  });
});

async function lastRuns(lab: Lab): Promise<readonly unknown[]> {
  return (await lab.query('select status from etl_run_log order by batch')).map(({ status }) => status);
}
