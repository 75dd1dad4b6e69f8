import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

async function inFolder(cwd: string, program: string, ...args: string[]): Promise<string> {
  // Not the settings of the npm that runs this test.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle)_/.test(name)),
  );
  const { stdout } = await promisify(execFile)(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

test('the package, installed into an empty folder, makes a project and runs it, and shows the demo', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chat-etl-pack-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  // `npm test` has built already, and other tests run what it built just now.
  const packed = await inFolder(
    repository,
    'npm',
    'pack',
    '--silent',
    '--ignore-scripts',
    '--pack-destination',
    folder,
  );
  const tarball = packed.trim().split('\n').at(-1) ?? '';
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await inFolder(folder, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`);

  await inFolder(folder, 'npx', '--no', 'chat-etl', 'init', 'shop');
  const shop = join(folder, 'shop');
  expect(await inFolder(shop, 'npx', '--no', 'chat-etl', 'run')).toContain('Run 1 succeeded');
  expect(existsSync(join(shop, 'data', 'warehouse.duckdb'))).toBe(true);

  await appendFile(join(shop, 'chat-etl.config.yaml'), 'journl: { keep_days: 1 }\n');
  const validate = inFolder(shop, 'npx', '--no', 'chat-etl', 'validate');
  await expect(validate).rejects.toMatchObject({ stderr: expect.stringContaining("did you mean 'journal'?") });

  const demo = ['demo', '--messages', '1000', '--folder', 'shown'];
  expect(await inFolder(folder, 'npx', '--no', 'chat-etl', ...demo)).toContain('Run 2 succeeded');
}, 300_000);
