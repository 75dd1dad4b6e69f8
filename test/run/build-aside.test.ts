/** New models over committed tables are computed before the run's transaction, where that is sooner. */
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.js';
import { itemsPipeline, openItemsLab } from '../e2e/items-lab.js';
import { type Lab, targets } from '../e2e/lab.js';

const models = { a: 'strategy: merge, key: id', b: 'strategy: table, key: grp' };
const sql = {
  a: 'select id, grp, v from {{delta "stg_items"}}',
  b: 'select grp, sum(v) as total from {{ref "a"}} group by grp',
};

/** The models that are done before the run's transaction begins, and whatever else `onEvent` does. */
async function builtAside(lab: Lab, onEvent: (event: RunEvent) => void = () => undefined) {
  const done: string[] = [];
  let isBegun = false;
  const report = await lab.run({
    onEvent: (event) => {
      if (event.type === 'stage' && event.stage === 'prepare') isBegun = true;
      if (!isBegun && event.type === 'step-finished') done.push(event.report.step);
      onEvent(event);
    },
  });
  return { done, report };
}

const workTables = (lab: Lab) =>
  lab.query(`select table_name from information_schema.tables where table_name like 'etl\\_work\\_%' escape '\\'`);

test('in a first run models that stand on each other are built aside, each told once', async () => {
  const lab = await openItemsLab('duckdb', { models, sql });
  const told: string[] = [];
  const { done, report } = await builtAside(lab, (event) => {
    if (event.type === 'step-started') told.push(event.step);
    if (event.type === 'step-finished') told.push(`${event.report.step}: ${event.report.rowsInserted}`);
  });
  expect(done).toEqual(['stg_items', 'a', 'b']);
  expect(told).toEqual(['stg_items', 'stg_items: 3', 'a', 'a: 3', 'b', 'b: 2']);
  expect(report.steps.map(({ step, action, rowsInserted }) => [step, action, rowsInserted])).toEqual([
    ['stg_items', 'load', 3],
    ['a', 'build', 3],
    ['b', 'build', 2],
  ]);
  expect(await lab.allRows(['a', 'b'])).toEqual(await lab.rebuilt(['a', 'b']));
  expect(await workTables(lab)).toEqual([]);
});

test.each(targets)('into %s a new model has the changes that its own run reads', async (target) => {
  const lab = await openItemsLab(target, { models: { a: models.a }, sql });
  await lab.runWell();
  await lab.write('pipelines/p.yaml', itemsPipeline({ models }));
  await lab.write(
    'sql/b.sql',
    'select i.grp, sum(a.v) as total from {{ref "a"}} a join {{ref "stg_items"}} i on i.id = a.id group by i.grp',
  );
  await lab.oltp.query('update items set v = 11, updated_at = now(6) where id = 1');
  const { done } = await builtAside(lab);
  expect(done).toEqual([]);
  expect(await lab.rows('b')).toEqual(['{"grp":1,"total":"31"}', '{"grp":2,"total":"30"}']);
});

test('a new model over tables that its run leaves as they are is built aside', async () => {
  const lab = await openItemsLab('duckdb', { models: { a: models.a }, sql });
  await lab.runWell();
  await lab.write('pipelines/q.yaml', 'pipeline: q\nmodels:\n  b: { sql: b.sql, strategy: table, key: grp }\n');
  const started: string[] = [];
  const report = await lab.runWell({
    pipelines: ['q'],
    withUpstreams: false,
    onEvent: (event) => void (event.type === 'stage' && started.push(event.stage)),
  });
  expect(started.indexOf('transform')).toBeLessThan(started.indexOf('prepare'));
  expect(report.steps.map(({ step }) => step)).toEqual(['b']);
  expect(await lab.rows('b')).toEqual(['{"grp":1,"total":"30"}', '{"grp":2,"total":"30"}']);
});

test.each([
  ['marks rows as deleted', { source: ['deletes: { soft_column: gone }'], isWhole: false, ids: [2, 3] }],
  [
    'keeps deleted rows',
    { source: ['deletes: { soft_column: gone }', 'deleted_rows: keep', 'erase: code'], isWhole: false, ids: [1, 2, 3] },
  ],
  ['is read whole each time', { source: [], isWhole: true, ids: [1, 2, 3] }],
])('of a source that %s a new model has the rows of staging', async (_, { source, isWhole, ids }) => {
  const lab = await openItemsLab('duckdb', { models: { a: models.a }, sql, source, isWhole });
  await lab.oltp.query('update items set gone = 1 where id = 1');
  const { done, report } = await builtAside(lab);
  expect(done).toEqual(['stg_items', 'a']);
  expect(await lab.rows('a', 'id')).toEqual(ids.map((id) => `{"id":${id}}`));
  expect(await lab.rows('stg_items', 'id')).toEqual(await lab.rows('a', 'id'));
  expect(report.steps[0]).toMatchObject({ rowsRead: 3, rowsInserted: ids.length });
});

test('a run that fails after models were built aside leaves nothing of them', async () => {
  const failing = `${models.b}, tests: [ { accepted_values: { column: grp, values: [1] } } ]`;
  const lab = await openItemsLab('duckdb', { models: { ...models, b: failing }, sql });
  const { done, report } = await builtAside(lab);
  expect(done).toEqual(['stg_items', 'a', 'b']);
  expect(report).toMatchObject({ status: 'failed', error: { code: 'TEST_FAILED' } });
  expect(await workTables(lab)).toEqual([]);
  expect(
    await lab.query(`select table_name from information_schema.tables where table_name in ('a', 'b', 'stg_items')`),
  ).toEqual([]);
});

test('a run that is cancelled while models are built aside changes nothing', async () => {
  const lab = await openItemsLab('duckdb', { models, sql });
  const abort = new AbortController();
  const onEvent = (event: RunEvent) =>
    void (event.type === 'step-finished' && event.report.step === 'a' && abort.abort('SIGTERM'));
  expect(await lab.run({ signal: abort.signal, onEvent })).toMatchObject({ status: 'cancelled' });
  expect(await workTables(lab)).toEqual([]);
  await lab.runWell();
  expect(await lab.allRows(['a', 'b'])).toEqual(await lab.rebuilt(['a', 'b']));
});

test('a mistake in a new model is told with the names that its SQL has', async () => {
  const lab = await openItemsLab('duckdb', {
    models,
    sql: { ...sql, b: 'select grp, sum(vv) as total\nfrom {{ref "a"}}\ngroup by grp' },
  });
  const { report } = await builtAside(lab);
  expect(report.error).toMatchObject({ code: 'MODEL_SQL', hint: expect.stringContaining("'v'") });
  expect(report.error?.where).toMatch(/sql\/b\.sql:1:17$/);
  expect(JSON.stringify(report)).not.toContain('etl_work_');
  expect(await workTables(lab)).toEqual([]);
});

test('a view that is to become a table is read as the run makes it', async () => {
  const lab = await openItemsLab('duckdb', {
    models: { ...models, b: 'strategy: view' },
    sql: { ...sql, b: 'select grp, v from {{ref "a"}}', c: 'select grp, max(v) as most from {{ref "b"}} group by grp' },
  });
  await lab.runWell();
  await lab.write(
    'pipelines/p.yaml',
    itemsPipeline({ models: { ...models, b: 'strategy: table', c: 'strategy: table, key: grp' } }),
  );
  await lab.oltp.query('update items set v = 99, updated_at = now(6) where id = 1');
  await lab.runWell({ select: ['stg_items', 'a', 'c'] });
  expect(await lab.rows('c')).toEqual(['{"grp":1,"most":99}', '{"grp":2,"most":30}']);
});

test('a key that stands twice ends the run before its transaction', async () => {
  const lab = await openItemsLab('duckdb', {
    models: { ...models, b: 'strategy: table, key: grp' },
    sql: { ...sql, b: 'select grp, v from {{ref "a"}}' },
  });
  const { done, report } = await builtAside(lab);
  expect(done).toEqual(['stg_items', 'a']);
  expect(report).toMatchObject({ status: 'failed', error: { code: 'DUPLICATE_KEY' } });
  expect(report.steps.find(({ status }) => status === 'failed')?.step).toBe('b');
  expect(await workTables(lab)).toEqual([]);
});

test('a model of partitions is built aside, and equals its rebuild', async () => {
  const lab = await openItemsLab('duckdb', {
    models: { a: models.a, p: 'strategy: partition, key: id, partition_by: grp, from: { stg_items: grp }' },
    sql: { ...sql, p: 'select id, grp, v from {{ref "stg_items"}} i where {{dirty "i.grp"}}' },
  });
  const { done } = await builtAside(lab);
  expect(done).toEqual(['stg_items', 'a', 'p']);
  expect(await lab.allRows(['a', 'p'])).toEqual(await lab.rebuilt(['a', 'p']));
});
