import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { checkDefinitions } from '../../src/cli/check-definitions.js';
import { openProject } from '../../src/cli/project.js';
import { validate } from '../../src/cli/validate-project.js';

const folders: string[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

const config = `connections:
  oltp: { type: duckdb, path: chat.duckdb }
  olap: { type: duckdb, path: warehouse.duckdb }
run: { from: oltp, into: olap }
environments: { prod: { connections: { olap: { type: mysql, host: db, user: etl, password: "", database: chat } } } }
`;
const pipeline = `pipeline: chat
sources: { users: { table: users, key: id } }
models: { dim_user: { sql: dim_user.sql, strategy: table } }
`;

async function projectWith(sql: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'chat-etl-'));
  folders.push(root);
  const all = { 'chat-etl.config.yaml': config, 'pipelines/chat.yaml': pipeline, 'sql/dim_user.sql': sql, ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

/** Runs `validate`; what it wrote to stdout and stderr, and its exit code. */
async function validated(
  root: string,
  flags: { readonly json?: boolean; readonly env?: string; readonly format?: 'github' } = {},
) {
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += text;
      return true;
    });
  }
  const code = await validate({ root, json: false, quiet: false, ...flags });
  vi.restoreAllMocks();
  return { code, ...written };
}

test('a sound project is opened without any database', async () => {
  const root = await projectWith('select * from {{ref "stg_users"}}');
  const { config: opened, project } = await openProject({ root, env: {} });
  expect(opened.run.into).toBe('olap');
  expect(project.order).toEqual(['stg_users', 'dim_user']);
  expect(await validated(root)).toEqual({
    code: 0,
    stdout: '',
    stderr:
      'not checked: stg_users, dim_user: there is no introspected/oltp.yaml; `chat-etl introspect` writes it\nOK: 1 pipeline, 1 source, 1 model\n',
  });
});

test('mistakes in the config, the YAML and the SQL are found at once', async () => {
  const root = await projectWith('select now() from {{ref "stg_users"}}', {
    'chat-etl.config.yaml': `${config}lgos: {}\n`,
    'pipelines/chat.yaml': `${pipeline}tables: 1\n`,
  });
  const { project, problems } = await checkDefinitions({ root, env: {} });
  expect(project).toBeUndefined();
  const paths = problems.map(({ where }) => `${where?.path}:${where?.line}`);
  expect(paths).toEqual(['chat-etl.config.yaml:6', 'pipelines/chat.yaml:4', 'sql/dim_user.sql:1']);
  await expect(openProject({ root, env: {} })).rejects.toMatchObject({ code: 'DEFINITION', problems });
});

test('mistakes are talk and exit with 2; with --json they are data', async () => {
  const root = await projectWith('select * from {{ref "stg_user"}}');
  const text = await validated(root);
  expect(text).toMatchObject({ code: 2, stdout: '' });
  expect(text.stderr).toContain(`sql/dim_user.sql:1:21: error: no table is called 'stg_user'`);
  const data = await validated(root, { json: true });
  expect(data).toMatchObject({ code: 2, stderr: '' });
  expect(JSON.parse(data.stdout).problems).toMatchObject([
    { severity: 'error', where: { path: 'sql/dim_user.sql', line: 1, column: 21 }, hint: "did you mean 'stg_users'?" },
  ]);
});

test('a warning alone is no failure, and the warehouse of an environment decides', async () => {
  const root = await projectWith(`select group_concat(id separator ',') as ids from {{ref "stg_users"}}`);
  expect(await validated(root)).toMatchObject({ code: 2 });
  const { code, stderr } = await validated(root, { env: 'prod' });
  expect(code).toBe(0);
  expect(stderr).toContain('warning: this SQL cannot be parsed');
  expect(stderr).toContain('OK: 1 pipeline');
});

const record = `connection: oltp
tables: { users: { columns: { id: { type: integer(64), nullable: false }, name: { type: text } } } }
`;

test('with a record of the sources an unknown column is found without any database, and the columns of all tables are known', async () => {
  const sound = await projectWith('select id, upper(name) as name from {{ref "stg_users"}}', {
    'introspected/oltp.yaml': record,
  });
  expect(await validated(sound)).toEqual({ code: 0, stdout: '', stderr: 'OK: 1 pipeline, 1 source, 1 model\n' });
  const { tables } = JSON.parse((await validated(sound, { json: true })).stdout);
  expect(tables.dim_user).toEqual([
    { name: 'id', type: 'integer(64)', nullable: true },
    { name: 'name', type: 'text', nullable: true },
  ]);
  const faulty = await projectWith('select nam from {{ref "stg_users"}}', { 'introspected/oltp.yaml': record });
  const { code, stderr } = await validated(faulty);
  expect(code).toBe(2);
  expect(stderr).toContain('sql/dim_user.sql:1:8: error: dim_user: Referenced column "nam" not found');
  expect(stderr).toContain("did you mean 'name'?");
});

test('annotations of GitHub point at the file from where the workflow stands, each on one line', async () => {
  const root = await projectWith('select nam from {{ref "stg_users"}}', { 'introspected/oltp.yaml': record });
  const { code, stdout, stderr } = await validated(root, { format: 'github' });
  expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  const file = relative(process.cwd(), join(root, 'sql/dim_user.sql'));
  expect(stdout).toBe(
    `::error file=${file},line=1,col=8::dim_user: Referenced column "nam" not found in FROM clause!%0Arendered: select nam from "stg_users"%0Ahint: did you mean 'name'?\n`,
  );
});
