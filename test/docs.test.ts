import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkConfig } from '../src/config/load.js';
import { schemaMistakes } from '../src/config/schema-check.js';
import type { SchemaName } from '../src/config/schema-validators.js';
import { helperSignatures } from '../src/engines/helpers.js';
import { journalTables } from '../src/journal/tables.js';
import { signatures } from '../src/template/signatures.js';
import { chatEtl } from './cli/capture.js';
import { blocksOf, follow } from './tutorial.js';

const repository = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const pages = ['README.md', ...readdirSync(join(repository, 'docs')).map((name) => `docs/${name}`)];
const folder = mkdtempSync(join(tmpdir(), 'chat-etl-docs-'));
const warehouse = join(folder, 'data/warehouse.duckdb');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function section(page: string, heading: string): string {
  const [, rest = ''] = read(page).split(`\n## ${heading}\n`);
  return rest.split('\n## ')[0] ?? '';
}

describe('the tutorial of the README', () => {
  const steps = blocksOf(section('README.md', 'Add your own metric'));

  beforeAll(async () => {
    for (const name of ['chat-etl.config.yaml', 'introspected', 'pipelines', 'sql', 'schemas']) {
      cpSync(join(repository, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
    const demo = await chatEtl('demo', '--messages', '600', '--folder', join(folder, 'data'), '--quiet');
    expect(demo).toMatchObject({ code: 0, stderr: '' });
  });

  test('does and prints what it says, step by step', async () => {
    await follow(steps, folder);
    const rows = await query('select * from emoji_monthly');
    expect(rows.length).toBeGreaterThan(0);
    expect(Object.keys(rows[0] ?? {})).toEqual(['month_start', 'emoji', 'reactions', 'people']);
  });

  test('leaves a journal that every query of the docs can read', async () => {
    const queries = ['README.md', 'docs/operations.md']
      .flatMap((page) => blocksOf(section(page, 'The journal')))
      .filter(({ language }) => language === 'sql')
      .flatMap(({ text }) => text.split(/;\n/).filter((sql) => sql.trim() !== ''));
    expect(queries.length).toBeGreaterThan(5);
    for (const sql of queries) await query(sql);
  });
});

async function query(sql: string): Promise<readonly Record<string, unknown>[]> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const database = await DuckDBInstance.create(warehouse);
  const connection = await database.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}

/** Keys that a schema gives, and the words that it allows as values. */
function wordsOf(schema: unknown): { readonly keys: Set<string>; readonly values: Set<string> } {
  const keys = new Set<string>();
  const values = new Set<string>();
  const walk = (node: unknown, isProperties: boolean): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [name, child] of Object.entries(node)) {
      if (isProperties) keys.add(name);
      if (name === 'enum' && Array.isArray(child)) for (const value of child) values.add(String(value));
      walk(child, name === 'properties' && !isProperties);
    }
  };
  walk(schema, false);
  return { keys, values };
}

const names: readonly { readonly schema: SchemaName; readonly page: string }[] = [
  { schema: 'config', page: 'docs/configuration.md' },
  { schema: 'pipeline', page: 'docs/pipelines.md' },
];

describe('the tutorial', () => {
  test.each(['first-metric', 'testing', 'changing'])(
    'docs/%s.md does and prints what it says, step by step',
    async (name) => {
      const empty = mkdtempSync(join(folder, `${name}-`));
      await follow(blocksOf(read(`docs/${name}.md`)), empty);
    },
  );
});

test('the workflow of docs/ci.md runs commands that pass in a new project', async () => {
  const [workflow] = blocksOf(read('docs/ci.md')).filter(({ language }) => language === 'yaml');
  const { jobs } = parse(workflow?.text ?? '') as { jobs: { check: { steps: readonly { run?: string }[] } } };
  const commands = jobs.check.steps.flatMap(({ run = '' }) => /^npx chat-etl (.*)$/.exec(run)?.[1] ?? []);
  expect(commands).toEqual(['validate --format github', 'test --unit']);
  const project = join(folder, 'in-ci');
  await chatEtl('init', project);
  for (const flags of commands)
    expect(await chatEtl(...flags.split(' '), '--root', project)).toMatchObject({ code: 0 });
});

describe('the reference', () => {
  test.each(names)('explains every key and word of the $schema schema in a table', ({ schema, page }) => {
    const { keys, values } = wordsOf(JSON.parse(read(`schemas/${schema}.schema.json`)));
    const rows = read(page)
      .split('\n')
      .filter((line) => line.startsWith('|') || line.startsWith('### '));
    const named = new Set(rows.flatMap((line) => [...line.matchAll(/`([\w.]+)[`:]/g)].map((match) => match[1] ?? '')));
    const explained = (word: string) => [...named].some((name) => name === word || name.endsWith(`.${word}`));
    const quoted = (word: string) => new RegExp(`[\`:{ ]${word}[\` ,}:]`).test(rows.join('\n'));
    expect([...keys].filter((key) => !explained(key))).toEqual([]);
    expect([...values].filter((value) => !quoted(value))).toEqual([]);
  });

  const examples = (first: string) =>
    pages.flatMap((page) => blocksOf(read(page)).filter(({ text }) => text.startsWith(first)));

  test('has configs that are sound in each of their environments', async () => {
    const texts = examples('# chat-etl.config.yaml\n').map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(1);
    for (const text of texts) {
      const root = mkdtempSync(join(folder, 'config-'));
      writeFileSync(join(root, 'chat-etl.config.yaml'), text);
      const env = Object.fromEntries(
        [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => [name, 'https://example.org']),
      );
      for (const environment of [undefined, ...Object.keys(parse(text).environments ?? {})]) {
        const { problems } = await checkConfig({ root, env, ...(environment === undefined ? {} : { environment }) });
        expect(problems, `${environment} of\n${text}`).toEqual([]);
      }
    }
  });

  test('has pipelines that the schema accepts', () => {
    const texts = examples('# pipelines/').map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(schemaMistakes('pipeline', parse(text)), text).toEqual([]);
  });

  test('names every helper of templates and every table of the journal', () => {
    const pipelines = read('docs/pipelines.md');
    const helpers = [...Object.keys(helperSignatures), ...signatures.keys()];
    expect(helpers.filter((helper) => !new RegExp(`(\`|{{)${helper}[\` }]`).test(pipelines))).toEqual([]);
    const tables = journalTables.map(({ name }) => name);
    expect(tables.filter((name) => !section('docs/operations.md', 'The journal').includes(`\`${name}\``))).toEqual([]);
  });

  test('has no link to a page or heading that is not there', () => {
    const anchors = (page: string) =>
      [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
    for (const page of pages) {
      for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [path = '', anchor] = target.split('#');
        const full = path === '' ? page : join(page, '..', path);
        expect(existsSync(join(repository, full)), `${target} in ${page}`).toBe(true);
        if (anchor !== undefined) expect(anchors(full), `${target} in ${page}`).toContain(anchor);
      }
    }
  });
});
