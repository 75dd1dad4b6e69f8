/** `reconcile` of a DuckDB file: it is compared and mended as a server is. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { chatEtl } from '../cli/capture.js';
import { runSql } from '../engines/duckdb/lab.js';

const files = {
  'chat-etl.config.yaml': `connections:
  oltp: { type: duckdb, path: chat.duckdb }
  olap: { type: duckdb, path: olap.duckdb }
run: { from: oltp, into: olap }
`,
  'pipelines/p.yaml': `pipeline: p
sources:
  items: { table: items, key: id, incremental: { cursor: updated_at }, deletes: detect }
`,
};

test('rows that changed unseen, are gone or were never read are named and mended', async () => {
  const root = mkdtempSync(join(tmpdir(), 'chat-etl-reconcile-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'pipelines'));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(root, file), text);
  const source = join(root, 'chat.duckdb');
  await runSql(
    source,
    'create table items (id integer primary key, body varchar, updated_at timestamp)',
    `insert into items select i, 'x', timestamp '2024-01-01' + to_days(i) from range(1000) r(i)`,
  );
  expect((await chatEtl('run', '--root', root)).code).toBe(0);
  expect((await chatEtl('reconcile', '--root', root)).code).toBe(0);

  await runSql(
    source,
    `update items set body = 'edited' where id = 5`,
    'delete from items where id = 7',
    `insert into items values (2000, 'late', '2024-01-01')`,
  );
  const found = await chatEtl('reconcile', '--root', root);
  expect(found.code).toBe(1);
  expect(found.stdout).toMatch(/id = 5\s+another content/);
  expect(found.stdout).toMatch(/id = 7\s+/);
  expect(found.stdout).toMatch(/id = 2000\s+/);
  await chatEtl('reconcile', '--repair', '--root', root);
  expect((await chatEtl('reconcile', '--root', root)).code).toBe(0);
  const [staged] = await runSql(
    join(root, 'olap.duckdb'),
    `select (select count(*) from stg_items) as n, (select body from stg_items where id = 5) as body,
      (select count(*) from stg_items where id in (7, 2000)) as moved`,
  );
  expect(staged).toEqual([1000n, 'edited', 1n]);
});
