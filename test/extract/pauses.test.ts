import { expect, test } from 'vitest';
import { Pauses } from '../../src/extract/pauses.js';
import { FakeWaiting } from './fake-waiting.js';

/** Pauses over a server that answers in turn; its last answer stays. */
function pausesOver(
  answers: readonly (readonly string[])[],
  changes: { atMostMs?: number; signal?: AbortSignal } = {},
) {
  const waiting = new FakeWaiting();
  const said: string[] = [];
  let asked = 0;
  const pauses = new Pauses({
    connection: 'oltp',
    passed: async () => answers[Math.min(asked++, answers.length - 1)] ?? [],
    checkEveryMs: 2000,
    atMostMs: changes.atMostMs ?? 600_000,
    signal: changes.signal ?? new AbortController().signal,
    onPause: (reason) => said.push(`pause: ${reason}`),
    onResume: (pausedMs) => said.push(`go on after ${pausedMs} ms`),
    waiting,
  });
  return { pauses, waiting, said, asked: () => asked };
}

const { signal } = new AbortController();

test('a calm server is asked at most as often as said, however many batches come', async () => {
  const { pauses, waiting, said, asked } = pausesOver([[]]);
  for (let batch = 0; batch < 100; batch++) await pauses.ready(signal);
  expect(asked()).toBe(1);
  await waiting.sleep(1999, signal);
  await pauses.ready(signal);
  expect(asked()).toBe(1);
  await waiting.sleep(1, signal);
  await pauses.ready(signal);
  expect([asked(), said]).toEqual([2, []]);
});

test('all readers wait through one pause, of which begin, reason and end are told once', async () => {
  const { pauses, said, asked } = pausesOver([['57 threads'], ['50 threads'], []]);
  await Promise.all([1, 2, 3, 4].map(() => pauses.ready(signal)));
  expect(said).toEqual(['pause: 57 threads', 'go on after 4000 ms']);
  expect(asked()).toBe(3);
});

test('pauses of a run are bounded together: then it fails, saying why and what to do', async () => {
  const { pauses, waiting } = pausesOver([['busy'], ['busy'], [], ['busy']], { atMostMs: 10_000 });
  await pauses.ready(signal);
  await waiting.sleep(2000, signal);
  const before = waiting.now();
  await expect(pauses.ready(signal)).rejects.toMatchObject({
    code: 'SOURCE_BUSY',
    message: "'oltp' is busy: busy; the run paused for 10 s",
    retryable: false,
    hint: expect.stringContaining('at_most'),
  });
  expect(waiting.now() - before).toBe(6000);
});

test('a reader that is cancelled leaves the pause at once, the others wait on', async () => {
  const own = new AbortController();
  const { pauses, said } = pausesOver([['busy'], ['busy'], []]);
  const other = pauses.ready(signal);
  const mine = pauses.ready(own.signal);
  own.abort();
  await expect(mine).rejects.toMatchObject({ code: 'CANCELLED' });
  await other;
  expect(said).toEqual(['pause: busy', 'go on after 4000 ms']);
  await expect(pausesOver([['busy']]).pauses.ready(own.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('a cancelled run ends its pause', async () => {
  const run = new AbortController();
  const { pauses } = pausesOver([['busy']], { signal: run.signal });
  const waiting = pauses.ready(signal);
  setImmediate(() => run.abort());
  await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
});
