// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of YAML
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkConfig, loadConfig } from '../../src/config/load.js';
import { plainConfig, projectWith } from '../pipeline/project-files.js';

async function load(
  yaml: string,
  options: { env?: Record<string, string>; environment?: string; dotenv?: string } = {},
) {
  const files = { 'chat-etl.config.yaml': yaml, ...(options.dotenv === undefined ? {} : { '.env': options.dotenv }) };
  const root = await projectWith(files);
  const { env = {}, environment } = options;
  return loadConfig({ root, env, ...(environment === undefined ? {} : { environment }) });
}

async function messages(yaml: string, environment?: string): Promise<readonly string[]> {
  const root = await projectWith({ 'chat-etl.config.yaml': yaml });
  const { problems } = await checkConfig({ root, env: {}, ...(environment === undefined ? {} : { environment }) });
  return problems.map(({ where, message }) => `${where?.line}:${where?.column} ${message}`);
}

test('what is not said has its default', async () => {
  const config = await load(plainConfig);
  expect(config).toMatchObject({
    environment: undefined,
    run: {
      from: 'oltp',
      into: 'olap',
      batchRows: 50_000,
      batchBytes: 4_194_304,
      parallel: 4,
      atomicity: 'run',
      retries: 2,
      timeoutMs: 1_800_000,
    },
    schedule: { kind: 'every', everyMs: 3_600_000 },
    timezone: 'UTC',
    logs: { folder: 'logs', keepDays: 30, format: 'text' },
    journal: { keepDays: 90 },
    notify: [],
    grants: [],
    secrets: [],
    throttles: {},
  });
  expect(config.connections.olap).toEqual({
    name: 'olap',
    type: 'duckdb',
    options: { path: 'warehouse.duckdb' },
    root: config.root,
  });
  expect(config.file).toBe(path.join(config.root, 'chat-etl.config.yaml'));
});

test('the config is frozen all the way down', async () => {
  const config = await load(plainConfig);
  expect(Object.isFrozen(config.run)).toBe(true);
  expect(Object.isFrozen(config.connections.oltp?.options)).toBe(true);
});

test('everything that can be said arrives', async () => {
  const config = await load(`
connections:
  oltp: { type: mysql, socket: /run/mysqld.sock, user: u, password: "p w", database: d, watermark_from: primary }
  primary: { type: mysql, host: db1, port: 3307, user: u2, database: d }
  olap: { type: duckdb, path: w.duckdb, memory_limit: 2GB, threads: 2 }
run: { from: oltp, into: olap, batch_size: 10, batch_bytes: 1MB, parallel: 2, atomicity: step, retries: 0, timeout: 5m }
schedule: { cron: "15 * * * *" }
vars: { timezone: Europe/Berlin, activity: { low: 1 } }
logs: { folder: l, keep_days: 1, format: json }
journal: { keep_days: 2 }
notify: [ { on: [failure], webhook: "https://example.com/x" }, { command: "cat" } ]
grants: [ "grant select on x to y" ]
`);
  expect(config.run).toMatchObject({
    batchRows: 10,
    batchBytes: 1_048_576,
    atomicity: 'step',
    retries: 0,
    timeoutMs: 300_000,
  });
  expect(config.schedule).toEqual({ kind: 'cron', expression: '15 * * * *', timezone: 'Europe/Berlin' });
  expect(config.notify).toEqual([
    { on: ['failure'], command: undefined, webhook: 'https://example.com/x' },
    { on: ['failure', 'recovery', 'overdue'], command: 'cat', webhook: undefined },
  ]);
  expect(config.secrets).toEqual(['p w', 'https://example.com/x']);
});

test('the primary of a replica arrives as its options', async () => {
  const config = await load(`
connections:
  replica: { type: mysql, host: db2, user: u, database: d, watermark_from: primary }
  primary: { type: mysql, host: db1, user: u2, database: d }
  olap: { type: duckdb, path: w.duckdb }
run: { from: replica, into: olap }
`);
  expect(config.connections.replica?.options.watermark_from).toEqual({ host: 'db1', user: 'u2', database: 'd' });
});

const withVariables = `
connections:
  oltp: { type: mysql, host: "\${HOST:-localhost}", port: "\${PORT:-3306}", user: u, password: "\${PASS}", database: d }
  olap: { type: duckdb, path: w.duckdb }
run: { from: oltp, into: olap }
vars:
  bots: \${BOTS:-true}
  low: \${LOW:-5}
  text: "\${LOW:-5}"
`;

test('a variable becomes a number or boolean where the schema wants one, and unquoted in vars', async () => {
  const config = await load(withVariables, { env: { PASS: 'secret', PORT: '3399' } });
  expect(config.connections.oltp?.options).toMatchObject({ host: 'localhost', port: 3399, password: 'secret' });
  expect(config.vars).toEqual({ bots: true, low: 5, text: '5' });
  expect(config.secrets).toEqual(['secret']);
});

test('a password of digits stays text', async () => {
  const config = await load(withVariables, { env: { PASS: '123456' } });
  expect(config.connections.oltp?.options.password).toBe('123456');
});

test('.env beside the config is read, and the real environment wins', async () => {
  const config = await load(withVariables, { dotenv: 'PASS=fromfile\nHOST=filehost\n', env: { HOST: 'realhost' } });
  expect(config.connections.oltp?.options).toMatchObject({ host: 'realhost', password: 'fromfile' });
});

const withEnvironments = `
connections:
  oltp: { type: mysql, host: dev, user: u, database: d }
  olap: { type: duckdb, path: "\${DEV_ONLY}" }
run: { from: oltp, into: olap, parallel: 2, retries: 5 }
vars: { activity: { low: 1, high: 50 } }
schedule: { interval: 1h }
environments:
  prod:
    connections:
      oltp: { host: live }
      olap: { type: mysql, user: w, database: warehouse }
    run: { parallel: 8 }
    vars: { activity: { high: 100 } }
    schedule: { cron: "0 3 * * *" }
  broken:
    connections: { olap: { type: duckdb, path: "\${UNSET}", threads: "\${UNSET}" } }
`;

test('an environment is laid over the rest; a connection with a type replaces the whole one', async () => {
  const config = await load(withEnvironments, { environment: 'prod' });
  expect(config.environment).toBe('prod');
  expect(config.connections.oltp?.options).toEqual({ host: 'live', user: 'u', database: 'd' });
  expect(config.connections.olap).toMatchObject({ type: 'mysql', options: { user: 'w', database: 'warehouse' } });
  expect(config.run).toMatchObject({ parallel: 8, retries: 5 });
  expect(config.vars).toEqual({ activity: { low: 1, high: 100 } });
  expect(config.schedule).toMatchObject({ kind: 'cron' });
});

test('only variables of the chosen environment must be set', async () => {
  expect(await messages(withEnvironments)).toEqual(['4:31 the variable DEV_ONLY is not set']);
  expect(await messages(withEnvironments, 'prod')).toEqual([]);
  expect(await messages(withEnvironments, 'broken')).toEqual([
    '17:48 the variable UNSET is not set',
    '17:69 the variable UNSET is not set',
  ]);
});

test('an unknown environment is named with the nearest', async () => {
  const root = await projectWith({ 'chat-etl.config.yaml': withEnvironments });
  const { problems } = await checkConfig({ root, env: { DEV_ONLY: 'x' }, environment: 'prd' });
  expect(problems).toMatchObject([{ message: "no environment is called 'prd'", hint: "did you mean 'prod'?" }]);
});

test('a filled value that is wrong is never shown', async () => {
  const root = await projectWith({ 'chat-etl.config.yaml': withVariables });
  const { problems } = await checkConfig({ root, env: { PASS: 'x', PORT: 'hunter2' } });
  expect(problems).toHaveLength(1);
  expect(JSON.stringify(problems)).not.toContain('hunter2');
});

test('a missing config says how to get one', async () => {
  await expect(loadConfig({ root: await projectWith({}), env: {} })).rejects.toMatchObject({
    code: 'DEFINITION',
    hint: expect.stringContaining('chat-etl init'),
  });
});

test('a config with mistakes elsewhere still serves to check the pipelines', async () => {
  const root = await projectWith({ 'chat-etl.config.yaml': `${plainConfig}logs: { keep_days: many }\nextra: 1\n` });
  const { config, problems } = await checkConfig({ root, env: {} });
  expect(problems).toHaveLength(2);
  expect(config?.logs.keepDays).toBe(30);
});

test('loading throws all mistakes at once', async () => {
  await expect(load(`${plainConfig}logs: { keep_days: many }\nextra: 1\n`)).rejects.toMatchObject({
    code: 'DEFINITION',
    message: expect.stringContaining('(and 1 more)'),
    problems: [{}, {}],
  });
});
