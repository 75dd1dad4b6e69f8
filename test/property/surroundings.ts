/** What a file of histories has around them: a folder, a clock that they set, and how many random ones are wanted. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';

/** A folder for the tests of the file that calls this, removed after them. `Date` is then what the histories say. */
export function historyFolder(): string {
  // In memory where there is such a place: nothing here is to outlive the tests.
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'chat-etl-histories-'));
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterAll(() => {
    vi.useRealTimers();
    rmSync(root, { recursive: true, force: true });
  });
  return root;
}

/** Undefined where no number of random histories is asked for. */
export const wanted = process.env.CHAT_ETL_HISTORIES === undefined ? undefined : Number(process.env.CHAT_ETL_HISTORIES);

/** One that hangs must be seen to fail. */
export const limitMs = wanted === undefined ? 600_000 : 12 * 3_600_000;
