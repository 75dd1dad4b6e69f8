/** Where the warehouse is on the source's own server, first loads of the shipped project are copied there. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { openShippedChat, size } from './shipped-chat.js';
import { openShipped } from './shipped-project.js';

/** Rows that reads from the start of a table have brought to us. */
const sent = vi.hoisted(() => new Map<string | undefined, number>());

vi.mock('../../src/extract/load-rows.js', async (original) => {
  const module = (await original()) as typeof import('../../src/extract/load-rows.js');
  const loadRows: typeof module.loadRows = async (load) => {
    const loaded = await module.loadRows(load);
    if (load.from === undefined) sent.set(load.read.table, loaded.rows);
    return loaded;
  };
  return { ...module, loadRows };
});

test('a whole run sends us no row of a table whose columns are taken as they are', async () => {
  const chat = await openShippedChat();
  onTestFinished(() => chat.close());
  const project = await openShipped({ oltp: chat.database, into: 'mysql' });
  onTestFinished(() => project.close());
  const { steps } = await project.run();
  const tables = ['users', 'chats', 'chat_members', 'messages', 'reactions where removed_at is null'];
  for (const table of tables) {
    const [there] = await chat.database.query(`select count(*) as n from ${table}`);
    const step = `stg_${table.split(' ')[0]}`;
    expect(steps.find((report) => report.step === step)?.rowsInserted, step).toBe(Number(there?.n));
  }
  // The length of their texts is computed by the session of the source.
  expect([...sent]).toEqual([['messages', size.messages]]);
});
