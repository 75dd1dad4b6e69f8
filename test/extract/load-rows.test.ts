/** A load that fails ends the read that it was given. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { SourceSnapshot } from '../../src/engines/contract.js';
import { packRows } from '../../src/engines/rows.js';
import { loadRows } from '../../src/extract/load-rows.js';
import { toSourceRead } from '../../src/extract/source-read.js';
import { sourceOf } from './sources.js';

test('a batch that is on its way when the load fails is no longer waited for', async () => {
  let hasEnded = false;
  const snapshot = {
    attachment: undefined,
    async *read(_read: unknown, _columns: unknown, { signal }: { signal: AbortSignal }) {
      yield packRows([['1']]);
      await once(signal, 'abort');
      hasEnded = true;
      throw new Error('the read was cancelled');
    },
  } as unknown as SourceSnapshot;
  const source = sourceOf('messages', undefined);
  let waiting: Promise<unknown> = Promise.resolve();
  const loaded = loadRows({
    source,
    snapshot,
    read: toSourceRead(source),
    columns: [],
    from: undefined,
    settings: { batchRows: 1, batchBytes: 1 },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    warn: () => undefined,
    load: async (_, batches) => {
      const iterator = batches[Symbol.asyncIterator]();
      await iterator.next();
      waiting = iterator.next().catch(() => undefined);
      throw new Error('the disk is full');
    },
  });
  await expect(loaded).rejects.toThrow('the disk is full');
  await waiting;
  expect(hasEnded).toBe(true);
});
