// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of YAML
/** What is remembered of a project is what its files say, or it is not used. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type OpenedProject, openProject } from '../../src/cli/project.js';
import { recallProject } from '../../src/cli/remembered-project.js';
import { readProjectFiles } from '../../src/pipeline/files.js';

const password = 'correct-horse-battery';
const environment = { OLTP_PASSWORD: password, OLTP_HOST: 'db' };

/** The shipped project in a folder of its own, with an own var that a variable fills, and a seed. */
function shippedProject(): string {
  const root = mkdtempSync(join(tmpdir(), 'chat-etl-remembered-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const parts = ['chat-etl.config.yaml', 'pipelines', 'sql'];
  for (const part of parts) cpSync(resolve(part), join(root, part), { recursive: true });
  edit(root, 'chat-etl.config.yaml', 'low: 1\n', 'low: ${LOW:-1}\n');
  mkdirSync(join(root, 'seeds'));
  writeFileSync(join(root, 'seeds/country.csv'), 'code,name\nde,Germany\n');
  const seed = '{ file: seeds/country.csv, key: code, columns: { code: { type: text }, name: { type: text } } }';
  writeFileSync(join(root, 'pipelines/seeds.yaml'), `pipeline: seeds\nseeds: { country: ${seed} }\n`);
  return root;
}

function edit(root: string, file: string, from: string, to: string): void {
  const text = readFileSync(join(root, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(join(root, file), text.replace(from, to));
}

const open = (root: string, env: Readonly<Record<string, string>> = {}) =>
  openProject({ root, environment: 'mysql', env: { ...environment, ...env } });

const recalled = ({ config }: OpenedProject) => recallProject(config, readProjectFiles(config.root));

const rememberedFiles = (root: string) =>
  readdirSync(join(root, '.chat-etl'))
    .filter((name) => name.startsWith('project-'))
    .map((name) => join(root, '.chat-etl', name));

function rememberedFile(root: string): string {
  const [file = '', ...others] = rememberedFiles(root);
  expect(others).toEqual([]);
  return file;
}

test('a project that was opened is remembered whole, with its fingerprints', async () => {
  const opened = await open(shippedProject());
  const known = recalled(opened);
  expect(known).toEqual({ project: opened.project, fingerprints: opened.fingerprints });
  expect([...(known?.fingerprints?.keys() ?? [])].sort()).toEqual([...opened.project.order].sort());
  expect(Object.isFrozen(known?.project.models.get('fact_message')?.model.tests)).toBe(true);
});

test('what is remembered is what the next one opens', async () => {
  const root = shippedProject();
  const first = await open(root);
  const file = rememberedFile(root);
  const written = readFileSync(file);
  expect(await open(root)).toEqual(first);
  expect(readFileSync(file)).toEqual(written);
});

const changes: Readonly<Record<string, (root: string) => Readonly<Record<string, string>> | undefined>> = {
  'the SQL of a model': (root) => {
    edit(root, 'sql/facts/fact_message.sql', 'select', 'select /* changed */');
    return undefined;
  },
  'a macro': (root) => {
    const [macro = ''] = readdirSync(join(root, 'sql/macros'));
    const text = readFileSync(join(root, 'sql/macros', macro), 'utf8');
    writeFileSync(join(root, 'sql/macros', macro), `/* changed */ ${text}`);
    return undefined;
  },
  'a macro that nobody calls yet': (root) => {
    writeFileSync(join(root, 'sql/macros/another.sql'), 'select 1');
    return undefined;
  },
  'a pipeline': (root) => {
    edit(root, 'pipelines/staging.yaml', 'lookback: 5m', 'lookback: 6m');
    return undefined;
  },
  'a pipeline that was not there': (root) => {
    writeFileSync(join(root, 'pipelines/more.yaml'), 'pipeline: more\nsources: { more: { table: users, key: id } }\n');
    return undefined;
  },
  'the rows of a seed': (root) => {
    edit(root, 'seeds/country.csv', 'Germany', 'Deutschland');
    return undefined;
  },
  'a file for one engine': (root) => {
    cpSync(join(root, 'sql/facts/fact_message.sql'), join(root, 'sql/facts/fact_message.duckdb.sql'));
    return undefined;
  },
  'a var in the config': (root) => {
    edit(root, 'chat-etl.config.yaml', 'medium: 10', 'medium: 11');
    return undefined;
  },
  'a var from the environment': () => ({ LOW: '2' }),
  'the zone of the analytical day': (root) => {
    edit(root, 'chat-etl.config.yaml', 'timezone: UTC', 'timezone: Europe/Berlin');
    return undefined;
  },
  'where sources are read from': (root) => {
    edit(root, 'chat-etl.config.yaml', '  oltp:\n', '  chat: { type: duckdb, path: data/other.duckdb }\n  oltp:\n');
    edit(root, 'chat-etl.config.yaml', 'from: oltp', 'from: chat');
    return undefined;
  },
};

test.each(Object.entries(changes))('%s is followed', async (_, change) => {
  const root = shippedProject();
  const before = await open(root);
  const env = change(root);
  const after = await open(root, env);
  rmSync(join(root, '.chat-etl'), { recursive: true });
  expect(after).toEqual(await open(root, env));
  expect([after.project, after.fingerprints]).not.toEqual([before.project, before.fingerprints]);
});

test('a mistake made since is found, and found again', async () => {
  const root = shippedProject();
  await open(root);
  edit(root, 'sql/facts/fact_message.sql', '"stg_messages"', '"stg_mesages"');
  for (let attempt = 0; attempt < 2; attempt++) await expect(open(root)).rejects.toMatchObject({ code: 'DEFINITION' });
});

test('a variable that is no longer set is missed', async () => {
  const root = shippedProject();
  edit(root, 'chat-etl.config.yaml', '${LOW:-1}', '${LOW}');
  await open(root, { LOW: '1' });
  await expect(open(root)).rejects.toThrow(/LOW/);
});

test('environments are remembered side by side', async () => {
  const root = shippedProject();
  await open(root);
  await openProject({ root, env: environment });
  expect(rememberedFiles(root)).toHaveLength(2);
});

const damages: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'that is empty': () => Buffer.alloc(0),
  'that is cut off': (bytes) => bytes.subarray(0, bytes.length / 2),
  'of another kind': () => Buffer.from('a text'.repeat(50)),
  'in which a word was changed': (bytes) => {
    const text = bytes.toString('latin1');
    expect(text).toContain('stg_messages');
    return Buffer.from(text.replaceAll('stg_messages', 'stg_massages'), 'latin1');
  },
};

test.each(Object.entries(damages))('a file %s is passed over, and replaced', async (_, damage) => {
  const root = shippedProject();
  const first = await open(root);
  const file = rememberedFile(root);
  writeFileSync(file, damage(readFileSync(file)));
  expect(recalled(first)).toBeUndefined();
  expect(await open(root)).toEqual(first);
  expect(recalled(first)).toBeDefined();
});

test('a project that cannot be remembered is opened all the same', async () => {
  const root = shippedProject();
  writeFileSync(join(root, '.chat-etl'), 'no folder');
  expect(await open(root)).toEqual(await open(root));
});

test('no password is remembered, nor what variables put into vars', async () => {
  const root = shippedProject();
  edit(root, 'chat-etl.config.yaml', 'low: ${LOW:-1}\n', 'low: 1\n    api_token: "${API_TOKEN}"\n');
  const { config } = await open(root, { API_TOKEN: 'a-token-for-vars' });
  expect(config.secrets).toEqual(expect.arrayContaining([password, 'a-token-for-vars']));
  const written = readFileSync(rememberedFile(root)).toString('latin1');
  for (const secret of config.secrets) expect(written).not.toContain(secret);
});

test('what is remembered stays out of repositories', async () => {
  const root = shippedProject();
  await open(root);
  expect(readFileSync(join(root, '.chat-etl/.gitignore'), 'utf8')).toBe('*\n');
});
