/** Writers against a loader that runs again and again, and what is lost, stale or left over at the end. */
import { expect, onTestFinished } from 'vitest';
import { openChatLab } from '../e2e/chat-lab.js';
import type { Lab, Target } from '../e2e/lab.js';
import { type Written, writeAtOnce } from './writers.js';

export const writers = 12;

/** A moment as text of one form in both engines. */
const stamp = (target: Target) =>
  target === 'duckdb' ? `strftime(updated_at, '%Y-%m-%d %H:%M:%S.%f') as stamp` : 'cast(updated_at as char) as stamp';

const facts = `(select m.id as message_id, m.user_id, u.country, cast(date_format(m.created_at, '%Y%m%d') as signed) as date_key,
  m.body_chars from messages m left join users u on u.id = m.user_id and u.deleted_at is null where m.deleted_at is null) f`;
const days = `(select date_key, count(*) as messages, count(distinct user_id) as users from ${facts} group by date_key) d`;

interface Comparison {
  /** The first column is the key. */
  readonly columns: string;
  readonly where?: string;
  /** The same columns, of the chat database. */
  readonly source: string;
}

const comparisons = (target: Target): Readonly<Record<string, Comparison>> => ({
  stg_messages: {
    columns: `id, user_id, body, body_chars, ${stamp(target)}`,
    source: `select id, user_id, body, body_chars, ${stamp('mysql')} from messages`,
  },
  stg_users: {
    columns: `id, name, country, ${stamp(target)}`,
    source: `select id, name, country, ${stamp('mysql')} from users where deleted_at is null`,
  },
  fact_message: { columns: 'message_id, user_id, country, date_key, body_chars', source: `select * from ${facts}` },
  fact_long_message: {
    columns: 'message_id, date_key, body_chars',
    source: `select message_id, date_key, body_chars from ${facts} where body_chars >= 6`,
  },
  messages_daily: { columns: 'date_key, messages, users', source: `select * from ${days}` },
  message_view: { columns: 'date_key, messages, users', source: `select * from ${days}` },
  dim_user: {
    columns: 'user_id, name, country',
    where: 'is_current',
    source: 'select id as user_id, name, country from users where deleted_at is null',
  },
});

interface Difference {
  readonly rows: number;
  readonly lost: number;
  readonly stale: number;
  readonly left: number;
}

async function difference(lab: Lab, table: string, { columns, where, source }: Comparison): Promise<Difference> {
  const there = byKey(await lab.rows(where === undefined ? table : `${table} where ${where}`, columns));
  const expected = byKey((await lab.oltp.query(source)).map((row) => JSON.stringify(row)));
  const keys = [...expected.keys()];
  return {
    rows: expected.size,
    lost: keys.filter((key) => !there.has(key)).length,
    stale: keys.filter((key) => there.has(key) && there.get(key) !== expected.get(key)).length,
    left: [...there.keys()].filter((key) => !expected.has(key)).length,
  };
}

async function expectDifference(
  lab: Lab,
  table: string,
  comparison: Comparison | undefined,
  expected: Partial<Difference>,
): Promise<void> {
  if (comparison === undefined) throw new Error(`${table} is not compared`);
  const counts = await difference(lab, table, comparison);
  process.stderr.write(`  ${table}: ${JSON.stringify(counts)}\n`);
  expect(counts, table).toMatchObject(expected);
}

function byKey(rows: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map(rows.map((row) => [row.slice(0, row.indexOf(',')), row]));
  if (found.size !== rows.length) throw new Error('a key occurs twice');
  return found;
}

async function openRaceLab(target: Target): Promise<Lab> {
  const lab = await openChatLab(target);
  onTestFinished(() => lab.close());
  const cursor = 'incremental: { cursor: updated_at }';
  await lab.edit('pipelines/chat.yaml', `${cursor}\nmodels:`, `${cursor}\n    deletes: detect\nmodels:`);
  await lab.edit('pipelines/chat.yaml', '{ soft_column: deleted_at }', '{ soft_column: deleted_at, detect: {} }');
  for (let id = 4; id < 40; id++) {
    await lab.oltp.query(`insert into users values (${id}, 'user ${id}', 'de', '2024-01-01', null)`);
  }
  for (let times = 0; times < 7; times++) {
    await lab.oltp.query(`insert into messages (user_id, body, created_at, updated_at)
      select 1 + (id % 39), concat(body, id), created_at, updated_at from messages`);
  }
  return lab;
}

export interface Race {
  readonly lab: Lab;
  readonly written: Written;
}

/**
 * Fails where a row is lost, stale or left over after writers have written for `leastMs` and over `leastRuns` of the loader.
 * @param load a run of the loader, however it ends
 */
export async function expectNoneLost(
  target: Target,
  leastMs: number,
  leastRuns: number,
  load: (lab: Lab) => Promise<unknown> = (lab) => lab.runWell(),
): Promise<Race> {
  const lab = await openRaceLab(target);
  await lab.runWell();
  let isWriting = true;
  let runs = 0;
  const until = Date.now() + leastMs;
  const writing = writeAtOnce(lab.oltp, writers, () => runs >= leastRuns && Date.now() >= until).finally(() => {
    isWriting = false;
  });
  const loading = (async () => {
    for (; isWriting; runs++) await load(lab);
  })();
  const [written] = await Promise.all([writing, loading]);
  process.stderr.write(`into ${target}: ${JSON.stringify({ runsMeanwhile: runs, ...written })}\n`);
  const compared = comparisons(target);

  // A search for deleted rows reads all again where one was lost: so what incremental reads alone bring is looked at first.
  await lab.runWell();
  for (const table of ['stg_messages', 'stg_users']) {
    await expectDifference(lab, table, compared[table], { lost: 0, stale: 0 });
  }
  await lab.runWell({ detect: ['stg_messages', 'stg_users'] });
  for (const [table, comparison] of Object.entries(compared)) {
    await expectDifference(lab, table, comparison, { lost: 0, stale: 0, left: 0 });
  }
  return { lab, written };
}
