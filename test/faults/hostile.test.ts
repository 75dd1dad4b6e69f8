/** A server that is not what it says cannot make us send it a file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openItemsLab } from '../e2e/items-lab.js';
import { freshDatabase } from '../servers/database.js';
import { startHostileServer } from './hostile.js';

const content = 'root:x:0:0:Geheim7';

async function openLabAmongThieves(where: 'oltp' | 'olap', statements: RegExp) {
  const target = await freshDatabase('probe');
  await target.drop();
  const folder = await mkdtemp(join(tmpdir(), 'chat-etl-passwd-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'passwd');
  await writeFile(file, content);
  const thief = await startHostileServer(target, statements, file);
  const lab = await openItemsLab(where === 'oltp' ? 'duckdb' : 'mysql', {
    models: { t: 'strategy: table' },
    sql: { t: 'select id, v from {{ref "stg_items"}}' },
    through: { [where]: { port: thief.port } },
  });
  return { lab, thief, file };
}

test.each([
  ['oltp', 'the first statement', /SET NAMES/],
  ['oltp', 'a look at the catalog', /information_schema/i],
  ['oltp', 'the reading of rows', /from .?items/i],
  ['olap', 'the first statement', /SET NAMES/],
  ['olap', 'a statement of the journal', /etl_run_log/],
  ['olap', 'a model', /insert into .?t\b/i],
  ['olap', 'a commit', /commit$/i],
] as const)(
  'the %s that answers %s by asking for a file gets none, and the run says so',
  async (where, _, statements) => {
    const { lab, thief, file } = await openLabAmongThieves(where, statements);
    const report = await lab.run();
    expect(thief.answered.length).toBeGreaterThan(0);
    expect(thief.received()).not.toContain('Geheim7');
    expect(report.status).toBe('failed');
    expect(report.error?.message).toContain(`asked for the file ${file}`);
    expect(report.error?.hint).toContain('trust');
    if (where === 'oltp') expect(new Set(thief.offersFiles)).toEqual(new Set([false]));
  },
);

test('a warehouse that answers LOAD DATA by asking for another file gets the rows that it was to have, and no file', async () => {
  const { lab, thief } = await openLabAmongThieves('olap', /load data local infile/i);
  const report = await lab.run();
  expect(report.status).toBe('failed');
  expect(thief.answered).toHaveLength(1);
  expect(thief.received()).toContain('3\tc\t2\t30');
  expect(thief.received()).not.toContain('Geheim7');
});
