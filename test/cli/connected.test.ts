/** `chat-etl validate --connected` on databases as they are. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openItemsLab } from '../e2e/items-lab.js';
import { freshDatabase } from '../servers/database.js';
import { chatEtl } from './capture.js';

test('a project on files is sound, before its warehouse is made and after, and nothing is made to find out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chat-etl-connected-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, 'shop');
  await chatEtl('init', root);
  const before = await chatEtl('validate', '--connected', '--root', root);
  expect(before).toMatchObject({ code: 0, stderr: expect.stringMatching(/warning: there is no warehouse .* yet/) });
  expect(existsSync(join(root, 'data/warehouse.duckdb'))).toBe(false);
  await chatEtl('run', '--quiet', '--root', root);
  const after = await chatEtl('validate', '--connected', '--root', root);
  const ok = 'OK: 1 pipeline, 1 source, 1 model; asked: oltp; 1 model planned in the warehouse\n';
  expect(after).toEqual({ code: 0, stdout: '', stderr: ok });
});

const openOnServer = () =>
  openItemsLab('mysql', {
    models: { totals: 'strategy: table, key: grp', monthly: 'strategy: view' },
    sql: {
      totals: 'select grp, sum(v) as total from {{ref "stg_items"}} group by grp',
      monthly: `select date_format(updated_at, '%Y') as y from {{ref "stg_items"}}`,
    },
  });

const tableNames =
  'select table_name as name, create_time as made from information_schema.tables where table_schema = database() order by 1';

test('what the source has become, and SQL that only the warehouse understands, are told at their lines', async () => {
  const lab = await openOnServer();
  await chatEtl('introspect', '--quiet', '--root', lab.root);
  await lab.runWell();
  const tables = await lab.query(tableNames);
  const sound = await chatEtl('validate', '--connected', '--root', lab.root);
  expect(sound).toMatchObject({ code: 0, stderr: expect.stringContaining('2 models planned in the warehouse') });
  expect(sound.stderr).not.toContain('not checked');

  await lab.edit('sql/monthly.sql', 'updated_at', 'updated_ta');
  const mistaken = await chatEtl('validate', '--connected', '--root', lab.root);
  expect(mistaken.code).toBe(2);
  expect(mistaken.stderr).toMatch(
    /sql\/monthly\.sql:1:20.*error: monthly: .*updated_ta[\s\S]*did you mean 'updated_at'/,
  );
  await lab.edit('sql/monthly.sql', 'updated_ta', 'updated_at');

  await lab.oltp.query('alter table items add colour varchar(10), modify grp bigint, drop column v');
  const { code, stderr } = await chatEtl('validate', '--connected', '--root', lab.root);
  expect(code).toBe(2);
  expect(stderr).toMatch(/pipelines\/p\.yaml:3:3: warning: .* there is a new column 'colour' \(text\(10\)\)/);
  expect(stderr).toContain("the column 'v' is gone");
  expect(stderr).toContain("'grp' was integer(32) and is integer(64)");
  expect(stderr).toMatch(/sql\/totals\.sql:1:17: error: totals: .*"v"/);
  expect(await lab.query(tableNames)).toEqual(tables);
});

test('what limits a model to its dirty partitions is planned in the warehouse, too', async () => {
  const lab = await openItemsLab('mysql', {
    models: { groups: 'strategy: partition, key: grp, partition_by: grp, from: { stg_items: grp }' },
    sql: {
      groups: `select grp, date_format(max(updated_at), '%Y') as y from {{ref "stg_items"}} i where {{dirty "i.grp"}} group by grp`,
    },
  });
  await lab.runWell();
  const validate = () => chatEtl('validate', '--connected', '--root', lab.root);
  expect(await validate()).toMatchObject({ code: 0, stderr: expect.stringContaining('1 model planned') });
  await lab.edit('sql/groups.sql', '"i.grp"', '"i.gpr"');
  expect(await validate()).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/sql\/groups\.sql:1:\d+.*error: groups: .*gpr/),
  });
});

test('rights that a login lacks are errors at its connection, each in its own words', async () => {
  const lab = await openOnServer();
  const admin = await freshDatabase('connected');
  onTestFinished(async () => {
    for (const name of ['conn_few', 'conn_read']) await admin.query(`drop user if exists ${name}@'%'`);
    await admin.drop();
  });
  const config = await lab.read('chat-etl.config.yaml');
  const database = /^ {2}olap: .*"database":"(\w+)"/m.exec(config)?.[1] ?? '';
  await admin.query(`create user conn_few@'%' identified by 'f'`);
  await admin.query(`grant select, insert, create on ${database}.* to conn_few@'%'`);
  await admin.query(`create user conn_read@'%' identified by 'r'`);
  await admin.query(`grant select on ${lab.oltp.database}.* to conn_read@'%'`);
  const login = (line: string, user: string, password: string) =>
    line
      .replace(/"?user"?: ?"[^"]*"/, `"user": "${user}"`)
      .replace(/"?password"?: ?"[^"]*"/, `"password": "${password}"`);
  await lab.write(
    'chat-etl.config.yaml',
    config
      .replace(/^ {2}oltp: .*$/m, (line) => login(line, 'conn_read', 'r'))
      .replace(/^ {2}olap: .*$/m, (line) => login(line, 'conn_few', 'f')),
  );
  const { code, stderr } = await chatEtl('validate', '--connected', '--root', lab.root);
  expect(code).toBe(2);
  expect(stderr).toContain(
    `conn_few@% has no right to update, delete, drop, alter, create view, create temporary tables in '${database}'`,
  );
  expect(stderr).toMatch(/chat-etl\.config\.yaml:\d+:\d+: error: conn_few/);
  expect(stderr).toContain('PROCESS is missing');

  await admin.query(`drop user conn_read@'%'`);
  const refused = await chatEtl('validate', '--connected', '--root', lab.root);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/config\.yaml:\d+:\d+: error: .*conn_read/) });
});
