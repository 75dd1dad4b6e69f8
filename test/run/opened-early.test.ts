/** Connections that a run opens ahead are used or closed, and their failures are told of where they are used. */
import { expect, test } from 'vitest';
import type { SourceDatabase } from '../../src/engines/contract.js';
import { OpenedEarly } from '../../src/run/opened-early.js';

function opener() {
  const closed: string[] = [];
  const open = async (name: string): Promise<SourceDatabase> => {
    if (name === 'down') throw new Error('refused');
    await new Promise((done) => setImmediate(done));
    return { serverId: name, close: async () => void closed.push(name) } as unknown as SourceDatabase;
  };
  return { closed, open };
}

test('what is taken is its taker’s to close, and there once; what nobody takes is closed', async () => {
  const { closed, open } = opener();
  const early = new OpenedEarly(['chat', 'file'], open);
  expect((await early.take('chat'))?.serverId).toBe('chat');
  expect(await early.take('chat')).toBeUndefined();
  expect(await early.take('other')).toBeUndefined();
  await early.close();
  await early.close();
  expect(closed).toEqual(['file']);
  expect(await early.take('file')).toBeUndefined();
});

test('one that cannot be opened is nobody’s mistake yet: who uses it opens it again', async () => {
  const { closed, open } = opener();
  const early = new OpenedEarly(['down'], open);
  await new Promise((done) => setImmediate(done));
  expect(await early.take('down')).toBeUndefined();
  const left = new OpenedEarly(['down'], open);
  await left.close();
  expect(closed).toEqual([]);
});
