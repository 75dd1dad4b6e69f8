/** Polite to production: the rate, pauses while the server is busy, quiet hours, and who is told what. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { expect, onTestFinished, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.js';
import { chatEtl } from '../cli/capture.js';
import { openItemsLab } from './items-lab.js';
import { type Lab, openLab, type Target, targets } from './lab.js';

async function throttledLab(throttle: object, target: Target = 'duckdb'): Promise<Lab> {
  const lab = await openItemsLab(target, {
    models: { seen: 'strategy: table' },
    sql: { seen: 'select id from {{ref "stg_items"}}' },
  });
  await lab.edit('chat-etl.config.yaml', '"type":"mysql"', `"type":"mysql","throttle":${JSON.stringify(throttle)}`);
  return lab;
}

/** More threads than any other test of this server has running. */
const limit = 25;

/** Statements of others that run until they are stopped. */
async function makeBusy({ oltp }: Lab): Promise<() => Promise<void>> {
  const { host, port, user, password } = oltp;
  const others = await Promise.all(
    Array.from({ length: limit + 5 }, () => createConnection({ host, port, user, password })),
  );
  for (const other of others) {
    other.on('error', () => undefined);
    other.query('select sleep(300)').catch(() => undefined);
  }
  const running = async () => Number((await oltp.query(`show global status like 'Threads_running'`))[0]?.Value);
  while ((await running()) <= limit) await new Promise(setImmediate);
  const stop = async () => {
    // The server notices a closed connection only at the end of its statement.
    for (const other of others.splice(0)) {
      await oltp.query(`kill ${other.threadId}`).catch(() => undefined);
      other.destroy();
    }
  };
  onTestFinished(stop);
  return stop;
}

test('reading pauses while the server is busy, before it begins, and goes on by itself', async () => {
  const lab = await throttledLab({ pause_while: { threads_running: limit, check_every: '100ms' } });
  const calmDown = await makeBusy(lab);
  const told: string[] = [];
  await lab.runWell({
    onEvent: (event) => {
      if (event.type === 'paused') {
        told.push(`${event.connection}: ${event.reason.replace(/^\d+/, 'many')}`);
        void calmDown();
      }
      if (event.type === 'resumed') told.push(`${event.connection} goes on`);
      if (event.type === 'step-progress') told.push('rows');
    },
  });
  expect(told[0]).toBe(`oltp: many threads are running, the limit is ${limit}`);
  expect(told.indexOf('oltp goes on')).toBeLessThan(told.indexOf('rows'));
  expect(await lab.rows('seen')).toHaveLength(3);
});

test('a server that stays busy fails the run with a clear error, and nothing has changed', async () => {
  const lab = await throttledLab({ pause_while: { threads_running: limit, check_every: '100ms', at_most: '300ms' } });
  await makeBusy(lab);
  const report = await lab.run();
  expect(report).toMatchObject({
    status: 'failed',
    error: {
      code: 'SOURCE_BUSY',
      message: expect.stringMatching(/^'oltp' is busy: \d+ threads are running, the limit is 25; the run paused for /),
      hint: expect.stringContaining('at_most'),
    },
  });
  expect(await lab.query('select count(*) as n from etl_watermark')).toEqual([{ n: 0 }]);
});

test('a paused run is cancelled at once', async () => {
  const lab = await throttledLab({ pause_while: { threads_running: limit, check_every: '5m', at_most: '50m' } });
  await makeBusy(lab);
  const controller = new AbortController();
  const onEvent = ({ type }: RunEvent) => type === 'paused' && controller.abort();
  expect(await lab.run({ signal: controller.signal, onEvent })).toMatchObject({ status: 'cancelled' });
});

test.each(targets)(
  'rows_per_second bounds a whole run over all sources that it reads at once, into %s',
  async (target) => {
    const lab = await openLab({
      target,
      oltp: ['a', 'b'].flatMap((table) => [
        `create table ${table} (id int not null primary key, updated_at datetime(6) not null, key (updated_at))`,
        `insert into ${table} with recursive n as (select 1 as i union all select i + 1 from n where i < 1000) select i, '2024-01-01' + interval i second from n`,
      ]),
      files: {
        'pipelines/p.yaml': `
pipeline: p
sources:
  a: { table: a, key: id, incremental: { cursor: updated_at } }
  b: { table: b, key: id, incremental: { cursor: updated_at } }
`,
      },
    });
    onTestFinished(() => lab.close());
    await lab.edit('chat-etl.config.yaml', '"type":"mysql"', '"type":"mysql","throttle":{"rows_per_second":500}');
    const began = performance.now();
    const report = await lab.runWell();
    const seconds = (performance.now() - began) / 1000;
    const rows = report.steps.reduce((sum, step) => sum + step.rowsRead, 0);
    expect(rows).toBeGreaterThanOrEqual(2000);
    // What comes last, a second's rows at most, is not waited for.
    expect(seconds).toBeGreaterThanOrEqual(rows / 500 - 1);
  },
);

test('a lag that cannot be told is said once a run, and reading goes on', async () => {
  const lab = await throttledLab({ pause_while: { replica_lag: '10s', check_every: '100ms' }, rows_per_second: 3 });
  const { warnings } = await lab.runWell();
  const ofLag = warnings.map(({ message }) => message).filter((message) => message.includes('is behind'));
  expect(ofLag).toEqual([expect.stringMatching(/^how far 'oltp' is behind cannot be told \(it is no replica, /)]);
});

test('a replica that cannot be reached is said once, and reading goes on', async () => {
  const lab = await throttledLab({ pause_while: { replica_lag: '10s', lag_of: 'replica', check_every: '100ms' } });
  const replica = { type: 'mysql', ...lab.oltp.options, port: 1, host: '127.0.0.1' };
  await lab.edit('chat-etl.config.yaml', 'connections:\n', `connections:\n  replica: ${JSON.stringify(replica)}\n`);
  const { warnings } = await lab.runWell();
  const ofReplica = warnings.map(({ message }) => message).filter((message) => message.includes("'replica'"));
  expect(ofReplica).toEqual([expect.stringMatching(/^how busy 'replica' is cannot be asked, /)]);
});

test('what a run asks of either server carries its id, which the process list shows', async () => {
  const lab = await throttledLab({ rows_per_second: 100 }, 'mysql');
  await lab.oltp.query('alter table items add column pad varchar(4000)');
  // More than lies in the buffers of a connection, so that the server is still sending while the reader waits for its turn.
  for (let first = 1000; first < 6000; first += 500) {
    const some = Array.from({ length: 500 }, (_, at) => `(${first + at}, now(6), repeat('x', 4000))`);
    await lab.oltp.query(`insert into items (id, updated_at, pad) values ${some.join()}`);
  }
  const controller = new AbortController();
  let runId = '';
  const running = lab.run({
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'run-started') runId = event.runId;
    },
  });
  let hasEnded = false;
  void running.finally(() => {
    hasEnded = true;
  });
  const [setting] = await lab.oltp.query('select @@local_infile as allowed');
  // Slow rows keep both statements waiting; without LOCAL a warehouse is sent short inserts.
  const awaited = [/ SELECT [\s\S]*items/i, ...(Number(setting?.allowed) === 1 ? [/ LOAD DATA LOCAL INFILE/i] : [])];
  const found = new Set<RegExp>();
  let strange: string | undefined;
  while (found.size < awaited.length && strange === undefined && !hasEnded) {
    const processes = await lab.oltp.query('show full processlist');
    // Its sources are opened before it is told to have started.
    const mark = runId === '' ? '/* chat-etl 2' : `/* chat-etl ${runId} */`;
    const own = processes.map(({ Info }) => String(Info)).filter((text) => text.startsWith(mark));
    for (const pattern of awaited) if (runId !== '' && own.some((text) => pattern.test(text))) found.add(pattern);
    strange = processes
      .filter(({ db, Info }) => db === lab.oltp.database && Info !== null && Info !== 'show full processlist')
      .map(({ Info }) => String(Info))
      .find((text) => !own.includes(text));
  }
  controller.abort();
  expect(await running).toMatchObject({ status: 'cancelled' });
  expect(strange).toBeUndefined();
  expect([...found]).toHaveLength(awaited.length);
});

/** Quiet hours around now, or those that end in an hour's time from now. */
function hoursAround(nowMs: number, fromMinutes: number, toMinutes: number): object {
  const at = (minutes: number) => new Date(nowMs + minutes * 60_000).toISOString().slice(11, 16);
  return { from: at(fromMinutes), to: at(toMinutes), timezone: 'UTC' };
}

test('in quiet hours a run does not begin, says so and ends with 4; it may be told to begin all the same', async () => {
  const lab = await throttledLab({ quiet_hours: hoursAround(Date.now(), -60, 60) });
  const refused = await chatEtl('run', '--root', lab.root);
  expect(refused.code).toBe(4);
  expect(refused.stdout).toMatch(
    /'oltp' has quiet hours from \d\d:\d\d to \d\d:\d\d \(UTC\): nothing was read \[QUIET_HOURS\]/,
  );
  expect(refused.stdout).toContain('hint: run again after them, or with --ignore-quiet-hours');
  expect(await chatEtl('run', '--root', lab.root, '--ignore-quiet-hours')).toMatchObject({ code: 0 });
  expect(await chatEtl('reconcile', '--root', lab.root)).toMatchObject({ code: 4 });
  expect(await chatEtl('reconcile', '--root', lab.root, '--ignore-quiet-hours')).toMatchObject({ code: 0 });
});

test('quiet hours of another time, and of connections that a run does not read, are none of its business', async () => {
  const lab = await throttledLab({ quiet_hours: hoursAround(Date.now(), 60, 120) });
  expect(await chatEtl('run', '--root', lab.root)).toMatchObject({ code: 0 });
  const config = await readFile(join(lab.root, 'chat-etl.config.yaml'), 'utf8');
  const now = JSON.stringify({ quiet_hours: hoursAround(Date.now(), -60, 60) });
  await lab.write(
    'chat-etl.config.yaml',
    config.replace(/"throttle":\{"quiet_hours":\{[^}]*\}\}/, `"throttle":${now}`),
  );
  await lab.write(
    'pipelines/models.yaml',
    'pipeline: models\nmodels:\n  also_seen: { sql: also_seen.sql, strategy: table }\n',
  );
  await lab.write('sql/also_seen.sql', 'select id from {{ref "seen"}}');
  expect(await chatEtl('run', '--root', lab.root, '-p', 'models', '--no-deps')).toMatchObject({ code: 0 });
  expect(await chatEtl('run', '--root', lab.root, '-p', 'models')).toMatchObject({ code: 4 });
});
