/** `chat-etl test` on a small project. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chatEtl } from './capture.js';

const folder = mkdtempSync(join(tmpdir(), 'chat-etl-test-'));
const root = join(folder, 'shop');
const pipeline = join(root, 'pipelines/chat.yaml');
const etl = (...args: readonly string[]) => chatEtl(...args, '--root', root);

beforeAll(async () => {
  expect(await chatEtl('init', root)).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const original = '[{ unique: day }, { not_null: [day, messages] }]';

function giveTests(tests: string): void {
  const text = readFileSync(pipeline, 'utf8');
  writeFileSync(
    pipeline,
    text.replace(/^ {4}tests: .*$/m, () => `    tests: ${tests}`),
  );
}

test('a table that is not loaded yet is told as such, not as tested', async () => {
  expect(await etl('test')).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no warehouse') });
  expect(await etl('run', '--quiet', '--select', 'stg_messages')).toMatchObject({ code: 0 });
  const { code, stdout, stderr } = await etl('test');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '2 tests: 2 skipped\n' });
  expect(stdout).toContain('skipped: messages_daily is not loaded yet');
});

test('every test of the published tables is run, those that fail show rows and set the exit code, and nothing is written', async () => {
  expect(await etl('run', '--quiet')).toMatchObject({ code: 0 });
  expect(await etl('test')).toMatchObject({ code: 0, stderr: '2 tests: 2 passed\n' });
  giveTests(
    `[{ unique: day }, { not_null: writers, severity: warn }, { accepted_values: { column: writers, values: [1, 2] } }]`,
  );
  const { code, stdout, stderr } = await etl('test');
  expect({ code, stderr }).toEqual({ code: 1, stderr: '3 tests: 2 passed, 1 failed\n' });
  expect(stdout).toMatch(/messages_daily +accepted_values \(writers\) +\d+ +failed\n/);
  expect(stdout).toMatch(
    /messages_daily: accepted_values \(writers\): \d+ rows?(, the first 5)?\nday +messages +writers\n/,
  );
  const results = JSON.parse((await etl('test', '--json', '--quiet')).stdout) as readonly unknown[];
  expect(results).toHaveLength(3);
  expect(results[2]).toMatchObject({ table: 'messages_daily', status: 'failed', sample: expect.any(Array) });
  const kept = await etl('query', 'select count(*) as n from etl_test_failures', '--json');
  expect(JSON.parse(kept.stdout)).toEqual([{ n: 0 }]);
});

test('a test that only warns is no failure', async () => {
  giveTests(`[{ accepted_values: { column: writers, values: [1, 2] }, severity: warn }]`);
  expect(await etl('test')).toMatchObject({ code: 0, stderr: '1 test: 1 warned\n' });
});

test('tables are chosen by name or by what leads to them, and mistakes in names are told before anything is opened', async () => {
  giveTests(original);
  expect(await etl('test', 'stg_messages')).toMatchObject({ code: 0, stdout: '', stderr: '0 tests\n' });
  expect(await etl('test', 'stg_messages+')).toMatchObject({ code: 0, stderr: '2 tests: 2 passed\n' });
  expect(await etl('test', '--exclude', 'messages_daily')).toMatchObject({ code: 0, stderr: '0 tests\n' });
  expect(await etl('test', 'mesages_daily')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("did you mean 'messages_daily'?"),
  });
});
