/** What each kind of data test finds, and what it lets pass, on all engines. */
import { expect, onTestFinished, test } from 'vitest';
import { type Lab, type LabRun, openLab, targets } from '../e2e/lab.js';

async function openDays(target: Lab['target'], tests: string, sqlTest = 'select 1'): Promise<Lab> {
  const lab = await openLab({
    target,
    oltp: [
      `create table days (id bigint primary key, day date, room varchar(20), share double, seen datetime(6), updated_at datetime(6) not null, key (updated_at, id))`,
      `insert into days values
        (1, '2024-01-01', 'a', 0, '2024-01-01 10:00:00', '2024-01-01'),
        (2, '2024-01-02', 'a', 0.5, '2024-01-02 10:00:00', '2024-01-01'),
        (3, '2024-01-03', 'b', 1, '2024-01-03 10:00:00', '2024-01-01')`,
    ],
    files: {
      'pipelines/chat.yaml': `
pipeline: chat
sources:
  days: { table: days, key: id, incremental: { cursor: updated_at }, deletes: detect }
models:
  days: { sql: days.sql, strategy: merge, key: id, tests: [ ${tests} ] }
`,
      'sql/days.sql': `select id, day, room, share, seen from {{delta "stg_days"}}`,
      'sql/tests/own.sql': sqlTest,
    },
  });
  onTestFinished(() => lab.close());
  await lab.runWell({ asOf: '2024-01-03 12:00:00' });
  return lab;
}

/** Rows that are new or changed, as `(id, day, room, share, seen)`. */
async function put(lab: Lab, ...rows: readonly string[]): Promise<void> {
  for (const row of rows) await lab.oltp.query(`replace into days values (${row}, now(6))`);
}

/** Also looks for rows that are gone. */
async function failureOf(lab: Lab, options: LabRun = {}): Promise<string | undefined> {
  return (await lab.run({ detect: ['stg_days'], asOf: '2024-01-03 12:00:00', ...options })).error?.message;
}

test.each(targets)('%s: range lets its ends and NULL pass, and nothing beyond', async (target) => {
  const lab = await openDays(target, '{ range: { column: share, min: 0, max: 1 } }');
  await put(lab, `4, null, 'c', null, null`);
  expect(await failureOf(lab)).toBeUndefined();
  await put(lab, `5, null, 'c', 1.000001, null`);
  expect(await failureOf(lab)).toBe('days: range (share): 1 rows');
  await put(lab, `5, null, 'c', -0.000001, null`);
  expect(await failureOf(lab)).toBe('days: range (share): 1 rows');
});

test.each(targets)('%s: range compares days, moments and texts as such', async (target) => {
  const tests = [
    '{ range: { column: day, min: 2024-01-01, max: 2024-01-03 } }',
    '{ range: { column: seen, max: 2024-01-03 10:00 } }',
    '{ range: { column: room, min: a, max: b } }',
  ];
  const lab = await openDays(target, tests.join(', '));
  await put(lab, `4, '2024-01-04', 'a', 0, null`);
  expect(await failureOf(lab)).toBe('days: range (day): 1 rows');
  await put(lab, `4, '2024-01-03', 'a', 0, '2024-01-03 10:00:00.000001'`);
  expect(await failureOf(lab)).toBe('days: range (seen): 1 rows');
  await put(lab, `4, '2024-01-03', 'ba', 0, null`);
  expect(await failureOf(lab)).toBe('days: range (room): 1 rows');
});

test.each(targets)('%s: expression fails where it is false, and as a CHECK not where it is NULL', async (target) => {
  const lab = await openDays(target, `{ expression: "share >= 0 or room = 'x'", where: id > 2 }`);
  await put(lab, `4, null, null, null, null`, `1, null, 'y', -1, null`);
  expect(await failureOf(lab)).toBeUndefined();
  await put(lab, `5, null, 'y', -1, null`);
  expect(await failureOf(lab)).toBe(`days: expression (share >= 0 or room = 'x'): 1 rows`);
});

test.each(targets)('%s: range and expression look at changed rows alone once they have passed', async (target) => {
  const lab = await openDays(target, `{ range: { column: share, max: 1 } }, { expression: "room <> 'x'" }`);
  await lab.query(`update days set share = 2, room = 'x' where id = 1`);
  await put(lab, `4, null, 'c', 0, null`);
  expect(await failureOf(lab)).toBeUndefined();
  await put(lab, `5, null, 'x', 0, null`);
  expect(await failureOf(lab)).toBe(`days: expression (room <> 'x'): 2 rows`);
});

test.each(targets)('%s: row_count looks at the rows that are left', async (target) => {
  const lab = await openDays(target, `{ row_count: { min: 2, max: 3 }, where: "room <> 'x'" }`);
  await put(lab, `4, null, 'x', 0, null`);
  expect(await failureOf(lab)).toBeUndefined();
  await put(lab, `4, null, 'y', 0, null`);
  expect(await failureOf(lab)).toBe('days: row_count: 1 rows');
  await lab.oltp.query('delete from days where id <> 1');
  expect(await failureOf(lab)).toBe('days: row_count: 1 rows');
});

test.each(targets)('%s: no_gaps finds each gap, and those of each room by itself', async (target) => {
  const lab = await openDays(target, '{ no_gaps: { column: day } }, { no_gaps: { column: day, per: room } }');
  await put(lab, `4, '2024-01-04', 'b', 0, null`, `5, '2024-01-04', 'b', 0, null`, `6, null, 'b', 0, null`);
  expect(await failureOf(lab)).toBeUndefined();
  await put(lab, `7, '2024-01-04', 'a', 0, null`);
  expect(await failureOf(lab)).toBe('days: no_gaps (day per room): 1 rows');
  await lab.oltp.query('delete from days where id in (1, 3)');
  await put(lab, `7, '2024-01-09', 'c', 0, null`);
  expect(await failureOf(lab)).toBe('days: no_gaps (day): 2 rows');
});

test.each(targets)('%s: no_gaps goes by weeks and by months', async (target) => {
  const weeks = await openDays(target, `{ no_gaps: { column: day, unit: week }, where: id > 3 }`);
  await put(weeks, `4, '2024-01-01', 'a', 0, null`, `5, '2024-01-08', 'a', 0, null`);
  expect(await failureOf(weeks)).toBeUndefined();
  await put(weeks, `6, '2024-01-16', 'a', 0, null`);
  expect(await failureOf(weeks)).toBe('days: no_gaps (day): 1 rows');
  const months = await openDays(target, `{ no_gaps: { column: day, unit: month }, where: id > 3 }`);
  await put(months, `4, '2024-01-01', 'a', 0, null`, `5, '2024-02-01', 'a', 0, null`, `6, '2024-03-01', 'a', 0, null`);
  expect(await failureOf(months)).toBeUndefined();
  await months.oltp.query('delete from days where id = 5');
  expect(await failureOf(months)).toBe('days: no_gaps (day): 1 rows');
});

test.each(targets)('%s: freshness compares with the run, though nothing has changed', async (target) => {
  const lab = await openDays(target, '{ freshness: { column: seen, within: 6h } }');
  expect(await failureOf(lab, { asOf: '2024-01-03 16:00:00' })).toBeUndefined();
  expect(await failureOf(lab, { asOf: '2024-01-03 16:00:01' })).toBe('days: freshness (seen): 1 rows');
  await put(lab, `4, null, 'a', 0, '2024-01-03 11:00:00'`);
  expect(await failureOf(lab, { asOf: '2024-01-03 16:00:01' })).toBeUndefined();
});

test.each(targets)('%s: a day is fresh as long as it lasts', async (target) => {
  const lab = await openDays(target, '{ freshness: { column: day, within: 1d } }');
  expect(await failureOf(lab, { asOf: '2024-01-04 23:59:59' })).toBeUndefined();
  expect(await failureOf(lab, { asOf: '2024-01-05 00:00:00' })).toBe('days: freshness (day): 1 rows');
});

test('freshness takes as_of in the zone of the metrics', async () => {
  const lab = await openDays('duckdb', '{ freshness: { column: seen, within: 6h } }');
  const config = await lab.read('chat-etl.config.yaml');
  await lab.write('chat-etl.config.yaml', `${config}\nvars: { timezone: Asia/Tokyo }\n`);
  // 10:00 UTC is 19:00 in Tokyo.
  expect(await failureOf(lab, { asOf: '2024-01-04 01:00:00' })).toBeUndefined();
  expect(await failureOf(lab, { asOf: '2024-01-04 01:00:01' })).toBe('days: freshness (seen): 1 rows');
});

test('a table without rows is not fresh', async () => {
  const lab = await openDays('duckdb', '{ freshness: { column: seen, within: 6h } }');
  await lab.oltp.query('delete from days');
  expect(await failureOf(lab)).toBe('days: freshness (seen): 1 rows');
});

test.each(targets)(
  '%s: at_most lets so many rows fail, and reports all of them once there are more',
  async (target) => {
    const lab = await openDays(target, '{ range: { column: share, max: 1 }, at_most: 1 }');
    await put(lab, `4, null, 'a', 2, null`);
    expect(await failureOf(lab)).toBeUndefined();
    // What is let pass is counted with what comes later.
    await put(lab, `5, null, 'a', 2, null`);
    expect(await failureOf(lab)).toBe('days: range (share): 2 rows');
  },
);

test.each(targets)('%s: at_most may be a share of the rows that are tested', async (target) => {
  const lab = await openDays(target, `{ range: { column: share, max: 1 }, where: "room = 'x'", at_most: "50 %" }`);
  await put(lab, `4, null, 'x', 2, null`, `5, null, 'x', 0, null`);
  expect(await failureOf(lab)).toBeUndefined();
  await put(lab, `5, null, 'x', 2, null`);
  expect(await failureOf(lab)).toBe('days: range (share): 2 rows');
});

test('the failing rows of a run are told with their test', async () => {
  const lab = await openDays('duckdb', '{ range: { column: share, max: 1 }, severity: warn }');
  await put(lab, `4, null, 'a', 2, null`);
  const samples: unknown[] = [];
  await lab.runWell({ onEvent: (event) => event.type === 'test-failed' && samples.push(event.sample) });
  expect(samples).toEqual([[{ id: 4, day: null, room: 'a', share: 2, seen: null }]]);
});

test.each(targets)('%s: change compares with the last run that succeeded, in both directions', async (target) => {
  const lab = await openDays(target, '{ change: sum(share), at_most: 50 % }');
  await put(lab, `4, null, 'a', 0.75, null`);
  expect(await failureOf(lab)).toBeUndefined();
  await put(lab, `5, null, 'a', 1.25, null`);
  expect(await failureOf(lab)).toBe('days: change (sum(share)): 1 rows');
  // The 3.5 that failed are not what the next run compares with: 1.125 is half of 2.25.
  await put(lab, `5, null, 'a', -1.125, null`);
  expect(await failureOf(lab)).toBeUndefined();
  await put(lab, `6, null, 'a', -0.6, null`);
  expect(await failureOf(lab)).toBe('days: change (sum(share)): 1 rows');
});

test.each(targets)(
  '%s: change may be bounded by a number, and another bound keeps what it compares with',
  async (target) => {
    const lab = await openDays(target, `{ change: count(*), at_most: 1, where: "room <> 'x'" }`);
    await put(lab, `4, null, 'c', 0, null`, `5, null, 'x', 0, null`, `6, null, 'x', 0, null`);
    expect(await failureOf(lab)).toBeUndefined();
    await put(lab, `7, null, 'c', 0, null`, `8, null, 'c', 0, null`);
    expect(await failureOf(lab)).toBe('days: change (count(*)): 1 rows');
    await lab.edit('pipelines/chat.yaml', 'at_most: 1', 'at_most: 49 %');
    expect(await failureOf(lab)).toBe('days: change (count(*)): 1 rows');
    await lab.edit('pipelines/chat.yaml', 'at_most: 49 %', 'at_most: 50 %');
    expect(await failureOf(lab)).toBeUndefined();
  },
);

test('a change that only warns is what the next run compares with', async () => {
  const lab = await openDays('duckdb', '{ change: count(*), at_most: 10 %, severity: warn }');
  await put(lab, `4, null, 'a', 0, null`);
  await lab.runWell();
  await lab.edit('pipelines/chat.yaml', ', severity: warn', '');
  await put(lab, `4, null, 'b', 0, null`);
  expect(await failureOf(lab)).toBeUndefined();
});

test('what was 0 may become anything', async () => {
  const lab = await openDays('duckdb', '{ change: sum(share), at_most: 10 %, where: id > 3 }');
  await put(lab, `4, null, 'a', 5, null`);
  expect(await failureOf(lab)).toBeUndefined();
  await lab.oltp.query('delete from days where id = 4');
  expect(await failureOf(lab)).toBe('days: change (sum(share)): 1 rows');
});

test.each(targets)(
  '%s: a SQL file of its own reads the table as the run leaves it, and what it stands on',
  async (target) => {
    const sql = `
select d.id, s.room
from {{ref "days"}} d
join {{ref "stg_days"}} s on s.id = d.id
where s.room = 'x' and d.day = {{date_literal "2024-01-04"}};
`;
    const lab = await openDays(target, '{ sql: tests/own.sql }', sql);
    await put(lab, `4, '2024-01-04', 'a', 0, null`, `5, '2024-01-05', 'x', 0, null`);
    expect(await failureOf(lab)).toBeUndefined();
    await put(lab, `4, '2024-01-04', 'x', 0, null`);
    expect(await failureOf(lab)).toBe('days: sql (tests/own.sql): 1 rows');
    const [kept] = await lab.query('select sample from etl_test_failures');
    expect(JSON.parse(String(kept?.sample))).toEqual([{ id: 4, room: 'x' }]);
    await lab.oltp.query('delete from days where id = 4');
    expect(await failureOf(lab)).toBeUndefined();
    expect(await lab.query('select sample from etl_test_failures')).toEqual([{ sample: '[]' }]);
  },
);

test.each(targets)('%s: a mistake in a SQL test is told at its line', async (target) => {
  const lab = await openDays(target, '', '\nselect * from {{ref "days"}}\nwhere romo = 1 -- no such column');
  await lab.edit('pipelines/chat.yaml', 'tests: [  ]', 'tests: [ { sql: tests/own.sql } ]');
  await put(lab, `4, null, 'a', 0, null`);
  const { error } = await lab.run();
  expect(error).toMatchObject({ code: 'MODEL_SQL', where: expect.stringContaining('sql/tests/own.sql:3:7') });
});

test.each(targets)('%s: a SQL test sees a table that is built anew before it is published', async (target) => {
  const lab = await openDays(target, '{ sql: tests/own.sql }', `select * from {{ref "days"}} where room = 'x'`);
  await put(lab, `4, null, 'x', 0, null`);
  await lab.edit('sql/days.sql', 'seen from', 'char_length(room) as seen from');
  expect((await lab.run({ fullRefresh: true })).error?.message).toBe('days: sql (tests/own.sql): 1 rows');
});
