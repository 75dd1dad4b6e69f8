import { expect, test } from 'vitest';
import { Pace } from '../../src/extract/pace.js';
import { FakeWaiting } from './fake-waiting.js';

const { signal } = new AbortController();

/** Reads by several readers at once; when each batch came, in ms, with its rows. */
async function readAll(pace: Pace, waiting: FakeWaiting, readers: number, batches: number, rows: number) {
  const taken: { readonly at: number; readonly rows: number }[] = [];
  const reader = async () => {
    for (let batch = 0; batch < batches; batch++) {
      await pace.take(rows, signal);
      taken.push({ at: waiting.now(), rows });
    }
  };
  await Promise.all(Array.from({ length: readers }, reader));
  return taken;
}

test('the rate holds over all parallel reads together', async () => {
  const waiting = new FakeWaiting();
  const taken = await readAll(new Pace(1000, waiting), waiting, 4, 10, 500);
  const last = taken.at(-1)?.at ?? 0;
  // 20,000 rows, of which the first 500 come at once.
  expect(last).toBe(19_500);
  for (let from = 0; from <= last - 5000; from += 500) {
    const within = taken.filter(({ at }) => at >= from && at < from + 5000);
    expect(within.reduce((total, { rows }) => total + rows, 0)).toBe(5000);
  }
});

test('time in which nobody reads saves nothing up', async () => {
  const waiting = new FakeWaiting();
  const pace = new Pace(1000, waiting);
  await pace.take(1000, signal);
  await waiting.sleep(60_000, signal);
  const before = waiting.now();
  const taken = await readAll(pace, waiting, 1, 3, 1000);
  expect(taken.map(({ at }) => at - before)).toEqual([0, 1000, 2000]);
});

test('a reader is asked for a second of rows at most, and for one at least', () => {
  const waiting = new FakeWaiting();
  expect([new Pace(50_000, waiting).mostRows, new Pace(1, waiting).mostRows]).toEqual([50_000, 1]);
});
