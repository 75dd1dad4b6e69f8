/** `chat-etl test --unit --watch`, as a process of its own. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { chatEtl } from './capture.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const followed = ['chat-etl.config.yaml', 'pipelines', 'sql', 'introspected', 'unit_tests'];

function copyOfShippedProject(): string {
  const root = mkdtempSync(join(tmpdir(), 'chat-etl-watch-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const name of followed) cpSync(join(repository, name), join(root, name), { recursive: true });
  mkdirSync(join(root, 'seeds'));
  writeFileSync(join(root, 'seeds/country.csv'), 'code\nde\n');
  const seed = '{ file: seeds/country.csv, key: code, columns: { code: { type: text } } }';
  writeFileSync(join(root, 'pipelines/seeds.yaml'), `pipeline: seeds\nseeds: { country: ${seed} }\n`);
  return root;
}

function startWatching(root: string) {
  const program = join(repository, 'dist/cli/main.js');
  const child = spawn(process.execPath, [program, 'test', '--unit', '--watch', 'messages_hourly', '--root', root]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  /** What the process has printed since the last call, once it holds `text`. */
  const next = async (text: string) => {
    await expect.poll(() => printed, { timeout: 60_000 }).toContain(text);
    const seen = printed;
    printed = '';
    return seen;
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      printed += String(data);
    });
  }
  const end = () => {
    child.kill('SIGINT');
    return ended;
  };
  return { next, end };
}

test('unit tests run again when a file changes, whatever is wrong with it meanwhile, until Ctrl-C', async () => {
  const root = copyOfShippedProject();
  const watching = startWatching(root);
  expect(await watching.next('waiting for a change')).toContain('1 unit test passed');

  const sql = join(root, 'sql/metrics/messages_hourly.sql');
  const text = await readFile(sql, 'utf8');
  await writeFile(sql, text.replace('{{', '{{oops '));
  expect(await watching.next('waiting for a change')).toContain('sql/metrics/messages_hourly.sql:');

  await writeFile(sql, text);
  await writeFile(join(root, 'seeds/country.csv'), 'code\nde\nde\n');
  expect(await watching.next('waiting for a change')).toContain('seeds/country.csv:3:1');

  await writeFile(join(root, 'seeds/country.csv'), 'code\nde\nfr\n');
  expect(await watching.next('waiting for a change')).toContain('1 unit test passed');
  expect(await watching.end()).toBe(130);
});

test('--watch without --unit is refused', async () => {
  expect(await chatEtl('test', '--watch')).toMatchObject({ code: 2, stderr: expect.stringContaining('--unit') });
});
