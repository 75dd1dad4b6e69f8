/** What a run says of the marks: once a run, however many sources it concerns. */
import { type Connection, createConnection } from 'mysql2/promise';
import { expect, onTestFinished, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.js';
import { chatEtl } from '../cli/capture.js';
import { openChatLab } from './chat-lab.js';
import type { Lab } from './lab.js';

async function warningsOf(
  lab: Lab,
): Promise<{ readonly told: readonly string[]; readonly reported: readonly string[] }> {
  const told: string[] = [];
  const onEvent = (event: RunEvent) => void (event.type === 'warning' && told.push(event.message));
  const report = await lab.runWell({ onEvent });
  return { told, reported: report.warnings.map(({ message }) => message) };
}

async function openLab(): Promise<Lab> {
  const lab = await openChatLab('duckdb');
  onTestFinished(() => lab.close());
  return lab;
}

test('without PROCESS the lookback alone protects, which is said once a run, for all sources', async () => {
  const lab = await openLab();
  const user = `u${lab.oltp.database.slice(-10)}`;
  await lab.oltp.query(`create user ${user}@'%' identified by 'secret'`);
  onTestFinished(() => lab.oltp.query(`drop user ${user}@'%'`).then(() => undefined));
  await lab.oltp.query(`grant select on ${lab.oltp.database}.* to ${user}@'%'`);
  await lab.edit(
    'chat-etl.config.yaml',
    `"user":"${lab.oltp.user}","password":"${lab.oltp.password}"`,
    `"user":"${user}","password":"secret"`,
  );
  await lab.edit(
    'pipelines/chat.yaml',
    'incremental: { cursor: updated_at }\n    deletes',
    'incremental: { cursor: updated_at, lookback: 5m }\n    deletes',
  );
  const { told, reported } = await warningsOf(lab);
  expect(told).toEqual([
    "what is open on the server of connection 'oltp' cannot be listed (PROCESS is missing, or it is a replica): lookback alone protects users from late commits; messages has no lookback: late commits can be missed",
  ]);
  expect(reported).toEqual(told);
  expect((await warningsOf(lab)).told).toEqual(told);
});

/** A transaction that has written a user two seconds ago. */
async function openForTwoSeconds(lab: Lab): Promise<Connection> {
  const { host, port, user, password, database } = lab.oltp;
  const open = await createConnection({ host, port, user, password, database });
  onTestFinished(() => open.destroy());
  await open.query('start transaction');
  await open.query("insert into users (id, name, country, updated_at) values (77, 'late', 'fr', now(6))");
  await lab.oltp.query('select sleep(2)');
  return open;
}

test('a transaction open for longer than the config allows is named once a run; rows keep arriving', async () => {
  const lab = await openLab();
  await lab.edit('chat-etl.config.yaml', 'into: olap', 'into: olap, warn_open_after: 1s');
  await lab.runWell();
  const open = await openForTwoSeconds(lab);
  await lab.oltp.query("update users set updated_at = now(6), name = 'seen' where id = 1");
  const { told } = await warningsOf(lab);
  expect(
    told.filter((text) =>
      /^transaction \d+ of connection \d+ on the server of connection 'oltp' is open for \d+ s .*: rows keep arriving, but the safe marks of users, messages wait for its end$/.test(
        text,
      ),
    ),
  ).toHaveLength(1);
  expect(await lab.rows('stg_users', 'name')).toContain('{"name":"seen"}');
  await lab.runWell();
  const { stdout } = await chatEtl('status', '--json', '--root', lab.root);
  const { marks } = JSON.parse(stdout).find(({ table }: { readonly table: string }) => table === 'stg_users');
  const [committed] = await lab.oltp.query('select cast(max(updated_at) as char) as newest from users');
  const [transaction] = await lab.oltp.query(
    `select cast(trx_id as char) as id from information_schema.innodb_trx where trx_mysql_thread_id = ${open.threadId}`,
  );
  const named = `transaction ${transaction?.id} of connection ${open.threadId}, open for`;
  const [, seconds] = /, open for (\d+) s \(/.exec(marks.heldBy) ?? [];
  expect(marks.heldBy.startsWith(named)).toBe(true);
  expect(Number(seconds)).toBeGreaterThanOrEqual(2);
  expect([marks.seen, marks.safe < marks.seen]).toEqual([committed?.newest, true]);
  const printed = async () => (await chatEtl('status', '--root', lab.root)).stdout;
  const [seen, safe] = [marks.seen, marks.safe].map((mark: string) => mark.slice(0, 19));
  expect(await printed()).toMatch(new RegExp(`^stg_users .*  ${seen}  ${safe}  `, 'm'));
  expect(await printed()).toContain(`! stg_users: the safe mark is held back by ${named} ${seconds} s`);
  await open.query('commit');
  await lab.runWell();
  expect(await lab.rows('stg_users', 'name')).toContain('{"name":"late"}');
  expect(await printed()).toMatch(new RegExp(`^stg_users .*  ${seen}  same  `, 'm'));
  expect(await printed()).not.toContain('held back');
});

test('nor is it named twice where each source finds it a second older', async () => {
  const lab = await openLab();
  await lab.edit('chat-etl.config.yaml', 'into: olap', 'into: olap, warn_open_after: 1s, atomicity: step, parallel: 1');
  await lab.edit('chat-etl.config.yaml', '"type":"mysql"', '"type":"mysql","throttle":{"rows_per_second":2}');
  await openForTwoSeconds(lab);
  const { told } = await warningsOf(lab);
  expect(told.filter((text) => text.includes(' is open for '))).toHaveLength(1);
});
