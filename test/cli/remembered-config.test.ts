// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of YAML
/** A config that is remembered is what its file and its variables say now, and holds no secret. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openProject, type ProjectLocation } from '../../src/cli/project.js';
import { recallConfig } from '../../src/cli/remembered-config.js';

const written = `connections:
  oltp:
    type: mysql
    host: "\${HOST:-db}"
    port: \${PORT:-3306}
    user: etl
    password: "\${PASS}"
    database: chat
  olap: { type: duckdb, path: data/warehouse.duckdb }
run:
  from: oltp
  into: olap
  batch_size: \${ROWS:-1000}
vars:
  low: \${LOW:-1}
  word: "\${WORD:-1}"
notify: [{ webhook: "\${HOOK}" }]
environments:
  prod: { run: { parallel: 8 } }
`;
const env = { PASS: 'correct-horse', HOST: 'db.internal', HOOK: 'https://hooks.example' };

function projectOf(config: string): string {
  const root = mkdtempSync(join(tmpdir(), 'chat-etl-remembered-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'chat-etl.config.yaml'), config);
  mkdirSync(join(root, 'pipelines'));
  writeFileSync(join(root, 'pipelines/chat.yaml'), 'pipeline: chat\nsources: { users: { table: users, key: id } }\n');
  return root;
}

const at = (root: string, more: Readonly<Record<string, string>> = {}, environment?: string): ProjectLocation => ({
  root,
  environment,
  env: { ...env, ...more },
});

/** As if nothing had been remembered. */
async function openAnew(location: ProjectLocation) {
  rmSync(join(location.root, '.chat-etl'), { recursive: true, force: true });
  return (await openProject(location)).config;
}

const files = (root: string) => {
  const folder = join(root, '.chat-etl');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('config-')) : [];
};

test('a config that was opened is made again without its file being parsed', async () => {
  const root = projectOf(written);
  expect(recallConfig(at(root))).toBeUndefined();
  const { config } = await openProject(at(root));
  expect(recallConfig(at(root))).toEqual(config);
  expect(Object.isFrozen(recallConfig(at(root))?.connections)).toBe(true);
  expect((await openProject(at(root))).config).toEqual(config);
});

const changes: Readonly<Record<string, (root: string) => ProjectLocation>> = {
  'a variable': (root) => at(root, { HOST: 'other', PASS: 'another' }),
  'a number from a variable': (root) => at(root, { ROWS: '5', PORT: '3307' }),
  'a number for a var, and a text that looks like one': (root) => at(root, { LOW: '7', WORD: '7' }),
  'the file .env': (root) => {
    writeFileSync(join(root, '.env'), 'ROWS=77\nHOST=hidden\n');
    return at(root);
  },
  'the file itself': (root) => {
    writeFileSync(join(root, 'chat-etl.config.yaml'), written.replace('user: etl', 'user: reader'));
    return at(root);
  },
  'another environment': (root) => at(root, {}, 'prod'),
};

test.each(Object.entries(changes))('%s is followed', async (_, change) => {
  const root = projectOf(written);
  const before = (await openProject(at(root))).config;
  const location = change(root);
  const after = (await openProject(location)).config;
  expect(after).not.toEqual(before);
  expect(recallConfig(location)).toEqual(after);
  expect(after).toEqual(await openAnew(location));
});

test.each([
  ['that is not set any more', { PASS: undefined }, 7, /PASS is not set/],
  ['that is no number any more', { PORT: 'many' }, 5, /'port' must be/],
] as const)('a variable %s is told of at its place', async (_, variables, line, message) => {
  const root = projectOf(written);
  await openProject(at(root));
  const location = { root, environment: undefined, env: { ...env, ...variables } };
  expect(recallConfig(location)).toBeUndefined();
  const failure = await openProject(location).catch((thrown) => thrown);
  expect(failure).toMatchObject({ code: 'DEFINITION' });
  expect(failure.problems[0]).toMatchObject({ where: { path: 'chat-etl.config.yaml', line } });
  expect(failure.problems[0].message).toMatch(message);
});

test('nothing that variables stand for is in the file', async () => {
  const root = projectOf(written);
  await openProject(at(root));
  const [name = ''] = files(root);
  const bytes = readFileSync(join(root, '.chat-etl', name)).toString('latin1');
  expect(bytes).toContain('warehouse.duckdb');
  for (const value of ['correct-horse', 'db.internal', 'hooks.example']) expect(bytes).not.toContain(value);
});

test.each([
  ['a password', '"${PASS}"', 'hunter22'],
  ['what a password is by default', '"${PASS}"', '"${PASS:-hunter22}"'],
  ['what a secret variable is by default', '"${HOST:-db}"', '"${HOST_TOKEN:-hunter22}"'],
  ['a webhook', '"${HOOK}"', 'https://hunter22.example'],
])('a config in which %s is written is not remembered', async (_, from, to) => {
  const root = projectOf(written.replace(from, to));
  await openProject(at(root));
  expect(files(root)).toEqual([]);
});

test('a file that is damaged is passed over, and replaced', async () => {
  const root = projectOf(written);
  const { config } = await openProject(at(root));
  const [name = ''] = files(root);
  const file = join(root, '.chat-etl', name);
  writeFileSync(file, Buffer.from(readFileSync(file).toString('latin1').replace('etl', 'etc'), 'latin1'));
  expect(recallConfig(at(root))).toBeUndefined();
  expect((await openProject(at(root))).config).toEqual(config);
  expect(recallConfig(at(root))).toEqual(config);
});
