/** `run --resume` does what a failed stepwise run has left, as that run was asked to. */
import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../src/run/events.js';
import { chatEtl } from '../cli/capture.js';
import { openItemsLab } from './items-lab.js';
import { type Lab, targets } from './lab.js';

async function openBuilt(target: 'duckdb' | 'mysql', atomicity = 'step'): Promise<Lab> {
  const lab = await openItemsLab(target, {
    models: {
      first: 'strategy: table, key: id',
      second: 'strategy: table, key: id',
      third: 'strategy: table, key: id',
    },
    sql: {
      first: 'select id, v from {{ref "stg_items"}}',
      second: 'select id, v from {{ref "first"}}',
      third: 'select id, v, {{as_of_date}} as day from {{ref "second"}}',
    },
  });
  await lab.edit('chat-etl.config.yaml', 'into: olap', `into: olap, atomicity: ${atomicity}, retries: 0`);
  await lab.runWell();
  return lab;
}

async function failAtSecond(lab: Lab, ...flags: readonly string[]): Promise<void> {
  await lab.edit('sql/second.sql', 'id, v', 'id, no_such_column as v');
  const { code, stderr } = await chatEtl('run', ...flags, '--root', lab.root);
  expect(code, stderr).toBe(1);
  await lab.edit('sql/second.sql', 'id, no_such_column as v', 'id, v');
}

async function resume(lab: Lab): Promise<readonly (readonly [string, string])[]> {
  const { code, stdout } = await chatEtl('run', '--resume', '--json', '--root', lab.root);
  expect(code).toBe(0);
  return (JSON.parse(stdout) as RunReport).steps.map(({ step, action }) => [step, action] as const);
}

describe.each(targets)('on %s', (target) => {
  test('the steps that are left are done with the flags and the clock of the failed run, and no others', async () => {
    const lab = await openBuilt(target);
    await failAtSecond(lab, '--full-refresh', '--as-of', '2024-05-01');
    expect(await resume(lab)).toEqual([
      ['second', 'rebuild'],
      ['third', 'rebuild'],
    ]);
    expect(await lab.rows('third', 'distinct day')).toEqual([JSON.stringify({ day: '2024-05-01' })]);
    const again = await chatEtl('run', '--resume', '--root', lab.root);
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toContain('succeeded: there is nothing to go on with');
  });

  test('a choice of what had changed is what it was when the run began', async () => {
    const lab = await openBuilt(target);
    await lab.edit('sql/first.sql', 'id, v', 'id, v + 1 as v');
    await failAtSecond(lab, '--select', 'changed+');
    expect((await resume(lab)).map(([step]) => step)).toEqual(['second', 'third']);
    expect(await lab.rows('third', 'v')).toEqual(['{"v":11}', '{"v":21}', '{"v":31}']);
  });

  test('a resumed run that fails is gone on with in turn, and a step that was edited since is done again', async () => {
    const lab = await openBuilt(target);
    await failAtSecond(lab, '--full-refresh');
    await failAtSecond(lab, '--resume');
    await lab.edit('sql/third.sql', 'id, v,', 'id, v * 2 as v,');
    expect((await resume(lab)).map(([step]) => step)).toEqual(['second', 'third']);
    await failAtSecond(lab, '--full-refresh');
    await lab.edit('sql/first.sql', 'id, v', 'id, v + 1 as v');
    expect((await resume(lab)).map(([step]) => step)).toEqual(['first', 'second', 'third']);
    expect(await lab.rows('third', 'v')).toEqual(['{"v":22}', '{"v":42}', '{"v":62}']);
  });

  test('of a run that was to publish all or nothing there is nothing to go on with', async () => {
    const lab = await openBuilt(target, 'run');
    await failAtSecond(lab, '--full-refresh');
    const { code, stderr } = await chatEtl('run', '--resume', '--root', lab.root);
    expect(code).toBe(2);
    expect(stderr).toContain('nothing of it was published');
    expect((await chatEtl('run', '--resume', '--select', 'first', '--root', lab.root)).stderr).toContain(
      'takes no other',
    );
  });
});
