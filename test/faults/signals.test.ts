/** Ctrl-C and SIGTERM end a run of the real program, and what it was running on a server; it runs what `npm run build` made. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { itemsPipeline, openItemsLab } from '../e2e/items-lab.js';
import type { Lab } from '../e2e/lab.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const models = { t: 'strategy: table' };
const quick = 'select id, v from {{ref "stg_items"}}';
/** An end takes a second or two. Without a word to the server the connection is given up after 30 s, and soon it stops too. */
const longestEndMs = 25_000;

/** Nobody waits for these to end. */
const slow = {
  mysql: 'select id, v + sleep(607) as v from {{ref "stg_items"}}',
  duckdb:
    'select id, (select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = id) as v from {{ref "stg_items"}}',
};

interface Started {
  readonly child: ChildProcess;
  /** Resolves once it has said this on stderr. */
  says(text: RegExp): Promise<void>;
  exit(): Promise<unknown>;
}

function start(lab: Lab): Started {
  const child = spawn(process.execPath, [main, 'run', '--root', lab.root, '--log-format', 'json'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const tooLong = async () => {
    await wait(longestEndMs, undefined, { ref: false });
    throw new Error(`it has not ended ${longestEndMs / 1000} s after the signal`);
  };
  let said = '';
  child.stderr?.on('data', (part: Buffer) => {
    said += part.toString();
  });
  const says = (text: RegExp) =>
    vi.waitUntil(() => text.test(said), { timeout: 60_000, interval: 10 }).then(() => undefined);
  return { child, says, exit: async () => (await Promise.race([exit, tooLong()]))[0] };
}

/** Connections of this lab whose statements sleep on the server. */
async function sleeping(lab: Lab): Promise<readonly unknown[]> {
  const rows = await lab.oltp.query(
    `select id as connection from information_schema.processlist where info like '%sleep(607)%' and info not like '%processlist%' and db like 'lab\\_%'`,
  );
  return rows.map(({ connection }) => connection);
}

/** What a run failed to end would keep the lab's databases from going away. */
function endSleepersAfterwards(lab: Lab): void {
  onTestFinished(async () => {
    for (const id of await sleeping(lab)) await lab.oltp.query(`kill ${String(id)}`);
  });
}

async function expectCancelled(lab: Lab): Promise<void> {
  const [row] = await lab.query('select status, error_code from etl_run_log order by batch desc limit 1');
  expect(row).toEqual({ status: 'cancelled', error_code: 'CANCELLED' });
  expect(await lab.rows('t', 'id, v')).toEqual(['{"id":1,"v":10}', '{"id":2,"v":20}', '{"id":3,"v":30}']);
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends a model on a MySQL warehouse there too', async (signal) => {
  const lab = await openItemsLab('mysql', { models, sql: { t: quick } });
  endSleepersAfterwards(lab);
  await lab.runWell();
  await lab.write('sql/t.sql', slow.mysql);
  const { child, exit } = start(lab);
  await vi.waitUntil(async () => (await sleeping(lab)).length === 1, { timeout: 60_000 });
  child.kill(signal);
  expect(await exit()).toBe(130);
  expect(await sleeping(lab)).toEqual([]);
  await expectCancelled(lab);
});

async function labWithSlowSource(): Promise<Lab> {
  const lab = await openItemsLab('duckdb', { models, sql: { t: quick } });
  endSleepersAfterwards(lab);
  await lab.runWell();
  const pipeline = itemsPipeline({ models, isWhole: true });
  await lab.write(
    'pipelines/p.yaml',
    pipeline.replace('table: items', 'query: select id, v + sleep(607) as v from items'),
  );
  return lab;
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends a read of a source there too', async (signal) => {
  const lab = await labWithSlowSource();
  const { child, exit } = start(lab);
  await vi.waitUntil(async () => (await sleeping(lab)).length === 1, { timeout: 60_000 });
  child.kill(signal);
  expect(await exit()).toBe(130);
  expect(await sleeping(lab)).toEqual([]);
  await expectCancelled(lab);
});

test('a run that is cancelled from within leaves no read on the server either', async () => {
  const lab = await labWithSlowSource();
  const abort = new AbortController();
  const running = lab.run({ signal: abort.signal });
  await vi.waitUntil(async () => (await sleeping(lab)).length === 1, { timeout: 60_000 });
  abort.abort('SIGTERM');
  expect(await running).toMatchObject({ status: 'cancelled' });
  await vi.waitFor(async () => expect(await sleeping(lab)).toEqual([]), { timeout: 5_000 });
});

test('SIGINT ends a model on DuckDB, and the next run ends where a clean one would', async () => {
  const lab = await openItemsLab('duckdb', { models, sql: { t: quick } });
  await lab.runWell();
  await lab.write('sql/t.sql', slow.duckdb);
  const { child, says, exit } = start(lab);
  await says(/"step-started".*"t"|"t".*"step-started"/);
  child.kill('SIGINT');
  await says(/cancelling the run/);
  expect(await exit()).toBe(130);
  await expectCancelled(lab);
  await lab.write('sql/t.sql', quick.replace('v from', 'v + 1 as v from'));
  await lab.runWell();
  expect(await lab.rows('t', 'id, v')).toEqual(['{"id":1,"v":11}', '{"id":2,"v":21}', '{"id":3,"v":31}']);
});
