import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ChangeCounts } from '../../src/demo/changes.js';
import type { RunReport } from '../../src/run/events.js';
import { chatEtl } from '../cli/capture.js';

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chat-etl-demo-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test('the second run of the demo moves the changed rows and no others', async () => {
  const folder = await emptyFolder();
  const outcome = await chatEtl('demo', '--messages', '3000', '--folder', folder, '--json', '--quiet');
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const shown = JSON.parse(outcome.stdout) as {
    rows: Record<string, number>;
    changes: ChangeCounts;
    first: RunReport;
    second: RunReport;
  };
  const step = (report: RunReport, name: string) => report.steps.find((one) => one.step === name);
  expect(step(shown.first, 'fact_message')?.rowsInserted).toBe(3000);
  expect(step(shown.second, 'stg_messages')?.rowsInserted).toBe(shown.changes.newMessages);
  expect(step(shown.second, 'fact_message')?.rowsInserted).toBe(shown.changes.newMessages);
  const updated = step(shown.second, 'stg_messages')?.rowsUpdated ?? 0;
  expect(updated).toBeGreaterThan(0);
  expect(updated).toBeLessThanOrEqual(
    shown.changes.editedMessages + shown.changes.deletedMessages + shown.changes.movedMessages,
  );
  expect(step(shown.second, 'stg_reactions')?.rowsDeleted).toBe(shown.changes.removedReactions);
});

test('the demo tells its story on stdout and may be given again', async () => {
  const folder = await emptyFolder();
  for (let time = 0; time < 2; time++) {
    const { code, stdout } = await chatEtl('demo', '--messages', '1000', '--folder', folder);
    expect(code).toBe(0);
    for (const part of ['1,000 messages', 'DAU', 'The busiest chats', 'Run 2 succeeded', 'What to try next']) {
      expect(stdout).toContain(part);
    }
  }
});

test('the demo overwrites no database that it has not made', async () => {
  const folder = await emptyFolder();
  await writeFile(join(folder, 'warehouse.duckdb'), 'mine');
  const { code, stderr } = await chatEtl('demo', '--messages', '100', '--folder', folder);
  expect(code).toBe(2);
  expect(stderr).toContain('was not made by the demo');
});
