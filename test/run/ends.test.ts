/** How runs end that are cancelled, lose the warehouse, or fail once their data is committed. */
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.js';
import { openItemsLab } from '../e2e/items-lab.js';
import { type Lab, targets } from '../e2e/lab.js';

const models = { m: 'strategy: merge, key: id', w: 'strategy: view', t: 'strategy: table' };
const sql = {
  m: 'select id, v from {{delta "stg_items"}}',
  w: 'select id, v as value_of_item from {{ref "m"}}',
  t: 'select id, value_of_item from {{ref "w"}}',
};

async function lastRun(lab: Lab) {
  const [row] = await lab.query('select status, error_code from etl_run_log order by batch desc limit 1');
  return row;
}

const isStage = (event: RunEvent, stage: string) => event.type === 'stage' && event.stage === stage;

describe.each(targets)('into %s', (target) => {
  test.each(['extract', 'transform', 'commit'])(
    'aborted at stage %s, a run is cancelled and changes nothing',
    async (stage) => {
      const lab = await openItemsLab(target, { models, sql });
      await lab.runWell();
      const before = await lab.rows('m');
      await lab.oltp.query('update items set v = v + 1, updated_at = now(6)');
      const abort = new AbortController();
      const onEvent = (event: RunEvent) => void (isStage(event, stage) && abort.abort('SIGTERM'));
      const report = await lab.run({ signal: abort.signal, onEvent });
      expect(report).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
      expect(await lastRun(lab)).toMatchObject({ status: 'cancelled', error_code: 'CANCELLED' });
      expect(await lab.rows('m')).toEqual(before);
      await lab.runWell();
      expect((await lab.rows('m'))[0]).toBe('{"id":1,"v":11}');
    },
  );

  test('aborted after its commit, a run has succeeded and publishes all', async () => {
    const lab = await openItemsLab(target, { models, sql });
    await lab.runWell();
    await lab.edit('sql/w.sql', 'v as', 'v + 1 as more, v as');
    const abort = new AbortController();
    const onEvent = (event: RunEvent) => void (isStage(event, 'publish') && abort.abort('SIGTERM'));
    const report = await lab.run({ signal: abort.signal, onEvent });
    expect(report.status).toBe('succeeded');
    expect(await lastRun(lab)).toMatchObject({ status: 'succeeded' });
    expect((await lab.rows('w'))[0]).toContain('"more":11');
  });

  test('in step mode the failing rows of every failed step are kept', async () => {
    const failing = 'tests: [ { accepted_values: { column: id, values: [1] } } ]';
    const two = { a: `strategy: table, ${failing}`, b: `strategy: table, ${failing}` };
    const text = 'select id from {{ref "stg_items"}}';
    const lab = await openItemsLab(target, { models: two, sql: { a: text, b: text } });
    await lab.edit('chat-etl.config.yaml', 'into: olap }', 'into: olap, atomicity: step }');
    expect((await lab.run()).status).toBe('failed');
    const rows = await lab.query('select step from etl_test_failures order by step');
    expect(rows.map(({ step }) => step)).toEqual(['a', 'b']);
  });
});

test('a run that lost its lease has failed: nobody cancelled it', async () => {
  const lab = await openItemsLab('mysql', { models, sql });
  await lab.runWell();
  await lab.oltp.query('update items set v = v + 1, updated_at = now(6)');
  let taken: Promise<unknown> | undefined;
  const onEvent = (event: RunEvent) => {
    if (isStage(event, 'extract')) taken = lab.query('update etl_lease set token = token + 1');
  };
  const report = await lab.run({ onEvent });
  await taken;
  expect(report).toMatchObject({ status: 'failed', error: { code: 'LEASE_LOST' } });
});

test('what fails after the commit is a warning of a run that succeeded', async () => {
  const lab = await openItemsLab('mysql', {
    models,
    sql,
    config: "grants: ['grant select on no_such_table to root']",
  });
  await lab.runWell();
  await lab.edit('sql/w.sql', 'v as', 'v + 1 as more, v as');
  const report = await lab.run();
  expect(report.status).toBe('succeeded');
  expect(report.warnings.map(({ message }) => message).join()).toContain('after the swap');
  expect(await lastRun(lab)).toMatchObject({ status: 'succeeded' });
});

test('in step mode, what stands on a table that could not be swapped in waits for the next run', async () => {
  const config = "grants: ['grant select on no_such_table to root']";
  const lab = await openItemsLab('mysql', { models, sql });
  await lab.runWell();
  const text = `run: { from: oltp, into: olap, atomicity: step }\n${config}`;
  await lab.edit('chat-etl.config.yaml', 'run: { from: oltp, into: olap }', text);
  await lab.edit('sql/w.sql', 'v as', 'v + 1 as more, v as');
  const report = await lab.run();
  const status = Object.fromEntries(report.steps.map((step) => [step.step, step.status]));
  expect(report.status).toBe('failed');
  expect(status).toMatchObject({ w: 'succeeded', t: 'blocked' });
  expect(await lastRun(lab)).toMatchObject({ status: 'failed' });
});

test('a connection that breaks while a model runs is replaced, and the run ends well', async () => {
  const slow = { ...sql, t: 'select id, value_of_item + sleep(0.5) as value_of_item from {{ref "w"}}' };
  const lab = await openItemsLab('mysql', { models, sql: slow });
  const killed = killStatement(lab, 'sleep(0.5)');
  const retried: string[] = [];
  const report = await lab.run({
    onEvent: (event) => void (event.type === 'step-retry' && retried.push(event.error.code)),
  });
  await killed;
  expect(report.status).toBe('succeeded');
  expect(retried).toEqual(['CONNECTION_LOST']);
  expect(await lab.rows('t')).toHaveLength(3);
});

/** Kills the connection that runs a statement with this text, as soon as there is one. */
async function killStatement(lab: Lab, text: string): Promise<void> {
  for (;;) {
    const [running] = await lab.oltp.query(
      `select id from information_schema.processlist where info like '%insert into%${text}%' and id <> connection_id()`,
    );
    if (running !== undefined) {
      await lab.oltp.query(`kill ${String(running.id ?? running.ID)}`);
      return;
    }
  }
}

test('cancelled while it waits for a warehouse that does not answer, a run is cancelled and not failed', async () => {
  const lab = await openItemsLab('duckdb', { models, sql });
  await lab.write(
    'chat-etl.config.yaml',
    `connections:
  oltp: { type: duckdb, path: chat.duckdb }
  olap: { type: mysql, host: 127.0.0.1, port: 1, user: nobody, database: olap }
run: { from: oltp, into: olap }
`,
  );
  const abort = new AbortController();
  const onEvent = (event: RunEvent) => void (event.type === 'step-retry' && abort.abort('SIGTERM'));
  const report = await lab.run({ signal: abort.signal, onEvent });
  expect(report).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
});
