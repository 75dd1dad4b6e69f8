/** A run killed with SIGKILL at any instant changes nothing, and the next one ends where a clean run would. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { chatTables, openChatLab } from './chat-lab.js';
import { openItemsLab } from './items-lab.js';
import { type Lab, type Target, targets } from './lab.js';

vi.setConfig({ testTimeout: 600_000 });

const killRun = fileURLToPath(new URL('./kill-run.mjs', import.meta.url));
const published = [...chatTables.filter((table) => table !== 'message_view'), 'message_view', 'dim_user'];

/** What readers see: all rows of all tables. A snapshot's technical end differs with the time of the run. */
async function snapshotOf(lab: Lab): Promise<string> {
  const tables: Record<string, readonly string[]> = {};
  for (const table of published) {
    tables[table] = await lab.rows(
      table,
      table === 'dim_user' ? 'user_id, name, country, valid_from, is_current' : '*',
    );
  }
  return JSON.stringify(tables);
}

async function changeChat(lab: Lab, round: number): Promise<void> {
  await lab.oltp.query(
    `insert into messages (user_id, body, created_at, updated_at) select 1 + (id % 3), concat('round ${round} ', id), now(6), now(6) from messages limit 40`,
  );
  await lab.oltp.query(`update messages set body = concat(body, '.'), updated_at = now(6) where id % 3 = ${round % 3}`);
  await lab.oltp.query(`update messages set deleted_at = now(6), updated_at = now(6) where id % 11 = ${round % 11}`);
  await lab.oltp.query(
    `update users set country = 'c${round % 10}', updated_at = now(6) where id = ${1 + (round % 3)}`,
  );
}

/** The exit of a killed or finished run. */
async function runAndKill(root: string, point: string, afterMs?: number): Promise<string | number> {
  const child = spawn(process.execPath, [killRun, root, point], { stdio: ['ignore', 'ignore', 'inherit'] });
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
  if (afterMs !== undefined) {
    await Promise.race([wait(afterMs), exit]);
    child.kill('SIGKILL');
  }
  const [code, signal] = await exit;
  return signal ?? code ?? -1;
}

const beforeCommit = [
  'stage:extract',
  'step-started:stg_messages',
  'stage:prepare',
  'stage:transform',
  'step-finished:stg_messages',
  'step-finished:fact_message',
  'step-finished:dim_user',
  'stage:test',
  'stage:commit',
];

async function killedLab(target: Target, work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openChatLab(target);
  try {
    await lab.runWell();
    await work(lab);
  } finally {
    await lab.close();
  }
}

describe.each(targets)('into %s', (target) => {
  test('a run killed before its commit changes nothing; the next one equals a clean run', async () => {
    await killedLab(target, async (lab) => {
      for (const [round, point] of beforeCommit.entries()) {
        const before = await snapshotOf(lab);
        await changeChat(lab, round);
        expect(await runAndKill(lab.root, point), point).toBe('SIGKILL');
        expect(await snapshotOf(lab), `readers after a kill at ${point}`).toBe(before);
        await lab.runWell();
      }
      const rebuilt = await lab.rebuilt(chatTables);
      expect(await lab.allRows(chatTables)).toEqual(rebuilt);
    });
  });

  test('a run killed right after its commit has published everything', async () => {
    await killedLab(target, async (lab) => {
      await changeChat(lab, 1);
      expect(await runAndKill(lab.root, 'stage:publish')).toBe('SIGKILL');
      const report = await lab.runWell();
      expect(report.steps.reduce((sum, step) => sum + step.rowsInserted + step.rowsUpdated + step.rowsDeleted, 0)).toBe(
        0,
      );
      const rebuilt = await lab.rebuilt(chatTables);
      expect(await lab.allRows(chatTables)).toEqual(rebuilt);
    });
  });

  test('a run killed before a swap of new columns is finished by the next', async () => {
    await killedLab(target, async (lab) => {
      await lab.edit('sql/message_view.sql', 'messages, users', 'users, messages as written');
      await lab.edit('sql/message_view.sql', 'where messages > 0', 'where users > 0');
      expect(await runAndKill(lab.root, 'stage:publish')).toBe('SIGKILL');
      await lab.runWell();
      expect((await lab.rows('message_view'))[0]).toContain('written');
    });
  });

  test('a first run that is killed is loaded anew', async () => {
    const lab = await openChatLab(target);
    try {
      for (const point of ['step-finished:stg_messages', 'stage:commit']) {
        expect(await runAndKill(lab.root, point)).toBe('SIGKILL');
      }
      await lab.runWell();
      const rebuilt = await lab.rebuilt(chatTables);
      expect(await lab.allRows(chatTables)).toEqual(rebuilt);
      const statuses = await lab.query('select status from etl_run_log order by batch');
      expect(statuses.map((row) => row.status)).toEqual(['interrupted', 'interrupted', 'succeeded']);
    } finally {
      await lab.close();
    }
  });

  test('a run killed at 50 random instants leaves the old state or the new one, never a mixture', {
    timeout: 400_000,
  }, async () => {
    await killedLab(target, async (lab) => {
      const started = Date.now();
      expect(await runAndKill(lab.root, 'never')).toBe(0);
      const wholeMs = Date.now() - started;
      let killed = 0;
      for (let round = 0; round < 50; round++) {
        const before = await snapshotOf(lab);
        await changeChat(lab, round);
        const afterMs = Math.round(wholeMs * (0.25 + (0.85 * ((round * 37) % 50)) / 50));
        if ((await runAndKill(lab.root, 'never', afterMs)) === 'SIGKILL') killed++;
        const seen = await snapshotOf(lab);
        await lab.runWell();
        const after = await snapshotOf(lab);
        expect([before, after], `readers after a kill at ${afterMs} ms`).toContain(seen);
      }
      expect(killed).toBeGreaterThan(10);
      const rebuilt = await lab.rebuilt(chatTables);
      expect(await lab.allRows(chatTables)).toEqual(rebuilt);
    });
  });
});

test('a DuckDB file put back from a backup beside the log of a killed run is refused, and good once that is removed', async () => {
  await killedLab('duckdb', async (lab) => {
    const file = join(lab.root, 'warehouse.duckdb');
    copyFileSync(file, `${file}.backup`);
    await changeChat(lab, 1);
    await lab.runWell();
    await changeChat(lab, 2);
    expect(await runAndKill(lab.root, 'stage:publish')).toBe('SIGKILL');
    expect(existsSync(`${file}.wal`)).toBe(true);
    copyFileSync(file, `${file}.newest`);
    copyFileSync(`${file}.backup`, file);
    for (const attempt of [1, 2]) {
      const { error } = await lab.run();
      expect(error, `attempt ${attempt}`).toMatchObject({
        code: 'CONNECTION',
        message: expect.stringMatching(/is older than the log beside it, .*warehouse.duckdb.wal, which run 2/),
        hint: expect.stringContaining('remove'),
      });
    }
    await expect(lab.rows('stg_users')).rejects.toThrow('is older than the log');
    copyFileSync(`${file}.newest`, file);
    await lab.runWell();
    copyFileSync(`${file}.backup`, file);
    rmSync(`${file}.wal`, { force: true });
    await lab.runWell();
    expect(await lab.allRows(chatTables)).toEqual(await lab.rebuilt(chatTables));
  });
});

test.each(['step-started:b', 'step-finished:b'])(
  'a first run into duckdb killed while it builds models aside (%s) leaves nothing that the next one does not remove',
  async (point) => {
    const lab = await openItemsLab('duckdb', {
      models: { a: 'strategy: table, key: id', b: 'strategy: table, key: grp' },
      sql: {
        a: 'select id, grp, v from {{ref "stg_items"}}',
        b: 'select grp, max(v) as most from {{ref "a"}} group by grp',
      },
    });
    expect(await runAndKill(lab.root, point)).toBe('SIGKILL');
    const tables = `select table_name as name from duckdb_tables() where table_name not like 'etl\\_%' escape '\\' or table_name like 'etl\\_work\\_%' escape '\\'`;
    const left = (await lab.query(tables)).map(({ name }) => name);
    expect(left).toContain('etl_work_a');
    expect(left).not.toContain('a');
    await lab.runWell();
    expect((await lab.query(tables)).map(({ name }) => name).toSorted()).toEqual(['a', 'b', 'stg_items']);
    expect(await lab.rows('b')).toEqual(['{"grp":1,"most":20}', '{"grp":2,"most":30}']);
  },
);
