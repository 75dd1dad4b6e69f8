/** `chat-etl backfill` computes days again, chunk by chunk, and goes on where it was stopped. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunReport } from '../../src/run/events.js';
import { chatEtl } from '../cli/capture.js';
import { openChatLab } from './chat-lab.js';
import { type Lab, targets } from './lab.js';

const pipeline = `pipeline: daily
models:
  days:
    sql: days.sql
    strategy: partition
    key: date_key
    partition_by: date_key
    from: { fact_message: date_key }
  above: { sql: above.sql, strategy: table, key: date_key }
`;

const days = `select date_key, count(*) as messages from {{ref "fact_message"}} where {{dirty "date_key"}} group by date_key
`;

async function openDaysLab(target: 'duckdb' | 'mysql'): Promise<Lab> {
  const lab = await openChatLab(target);
  onTestFinished(() => lab.close());
  await lab.write('pipelines/daily.yaml', pipeline);
  await lab.write('sql/days.sql', days);
  await lab.write('sql/above.sql', 'select date_key, messages from {{ref "days"}}');
  await lab.oltp.query(
    `insert into messages (user_id, body, created_at, updated_at) values
      (2, 'x', '2024-02-10', now(6)), (2, 'x', '2024-03-10', now(6)), (2, 'x', '2024-04-10', now(6))`,
  );
  await lab.runWell();
  return lab;
}

/** Writes past the program, as somebody with a client might. */
async function spoil(lab: Lab): Promise<void> {
  await lab.query('update days set messages = messages + 1000 where date_key in (20240210, 20240310, 20240410)');
}

const backfill = (lab: Lab, ...args: readonly string[]) => chatEtl('backfill', 'days', ...args, '--root', lab.root);
const firstQuarter = ['--from', '2024-02-01', '--to', '2024-04-30', '--chunk', '1 month'];

interface Result {
  readonly chunks: readonly { readonly from: string; readonly to: string; readonly run?: RunReport }[];
}

describe.each(targets)('on %s', (target) => {
  test('the days of the range are computed again, and no others', async () => {
    const lab = await openDaysLab(target);
    const before = await lab.allRows(['days', 'above']);
    await spoil(lab);
    const { code, stdout } = await backfill(lab, '--from', '2024-02-10', '--to', '2024-03-31');
    expect(code).toBe(0);
    expect(stdout).toMatch(/2024-02-10 to 2024-03-31 +0 +2 +0/);
    expect(stdout).toContain('what reads it follows with the next run');
    const spoilt = await lab.query('select date_key from days where messages > 1000');
    expect(spoilt.map(({ date_key }) => Number(date_key))).toEqual([20240410]);
    expect((await backfill(lab, '--from', '2024-04-10', '--to', '2024-04-10', '--quiet')).code).toBe(0);
    await lab.runWell();
    expect(await lab.allRows(['days', 'above'])).toEqual(before);
  });

  test('a day whose rows are gone, or that was lost, becomes what it must be', async () => {
    const lab = await openDaysLab(target);
    const before = await lab.rows('days');
    await lab.query('delete from days where date_key = 20240310');
    await lab.query('insert into days (date_key, messages) values (20240311, 5)');
    await backfill(lab, '--from', '2024-03-01', '--to', '2024-03-31');
    expect(await lab.rows('days')).toEqual(before);
  });

  test('changes that the model has not seen yet are taken along, wherever they are', async () => {
    const lab = await openDaysLab(target);
    await lab.oltp.query(
      `insert into messages (user_id, body, created_at, updated_at) values (2, 'late', '2022-03-04', now(6))`,
    );
    await lab.runWell({ pipelines: ['chat'] });
    await backfill(lab, '--from', '2024-03-01', '--to', '2024-03-31');
    expect(await lab.rows('days', 'date_key')).toContain(JSON.stringify({ date_key: 20220304 }));
    const plan = JSON.parse((await chatEtl('plan', '--select', 'days', '--json', '--root', lab.root)).stdout);
    expect(plan).toMatchObject({ steps: [{ action: 'skip' }] });
  });

  test('each chunk is a run, and after a stop the same command goes on with those that are left', async () => {
    const lab = await openDaysLab(target);
    await spoil(lab);
    // It holds as long as the row of March is what it was made.
    const refused =
      '    tests: [ { accepted_values: { column: messages, values: [1001] }, where: "date_key = 20240310" } ]\n';
    await lab.edit('pipelines/daily.yaml', '    from:', `${refused}    from:`);
    const stopped = await backfill(lab, ...firstQuarter);
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain('2 of 3 chunks are left: the same command goes on with them');
    await lab.edit('pipelines/daily.yaml', refused, '');
    const resumed = await backfill(lab, ...firstQuarter, '--json');
    expect(resumed.stderr).toContain('! 1 of 3 chunks were done before a stop');
    const { chunks } = JSON.parse(resumed.stdout) as Result;
    expect(chunks.map(({ from, to, run }) => [from, to, run?.status])).toEqual([
      ['2024-02-01', '2024-02-29', undefined],
      ['2024-03-01', '2024-03-31', 'succeeded'],
      ['2024-04-01', '2024-04-30', 'succeeded'],
    ]);
    expect(await lab.query('select date_key from days where messages > 1000')).toEqual([]);
    const again = JSON.parse((await backfill(lab, ...firstQuarter, '--json')).stdout) as Result;
    expect(again.chunks.map(({ run }) => run?.status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  test('a model that would be made whole, or has no days, is refused with what to do', async () => {
    const lab = await openDaysLab(target);
    const table = await chatEtl('backfill', 'above', '--from', '2024-01-01', '--to', '2024-01-31', '--root', lab.root);
    expect(table.code).toBe(2);
    expect(table.stderr).toContain("above is a 'table'");
    expect((await backfill(lab, '--from', '2024-02-30', '--to', '2024-03-01')).code).toBe(2);
    await lab.write(
      'pipelines/users.yaml',
      pipeline
        .replace('daily', 'users')
        .replaceAll('date_key', 'user_id')
        .replace(/ {2}above.*\n/, '')
        .replaceAll('days', 'user_days'),
    );
    await lab.write('sql/user_days.sql', days.replaceAll('date_key', 'user_id'));
    await lab.runWell();
    const users = await chatEtl(
      'backfill',
      'user_days',
      '--from',
      '2024-01-01',
      '--to',
      '2024-01-31',
      '--root',
      lab.root,
    );
    expect(users.code).toBe(2);
    expect(users.stdout).toContain('user_days is not divided by days: user_id is ');
    await lab.edit('sql/days.sql', 'count(*)', 'count(*) + 0');
    const changed = await backfill(lab, '--from', '2024-01-01', '--to', '2024-01-31');
    expect(changed.code).toBe(2);
    expect(changed.stdout + changed.stderr).toContain('days is to be made whole: its SQL changed');
  });
});
