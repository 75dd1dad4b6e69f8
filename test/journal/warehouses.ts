/** An empty warehouse of each engine, for the tests of this folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dialect, Session } from '../../src/engines/contract.js';
import { loadEngine } from '../../src/engines/registry.js';
import { freshDatabase } from '../servers/database.js';

export const engines = ['duckdb', 'mysql'] as const;

/** Gives `work` a session of a new, empty warehouse, and removes it after. */
export async function withEmptyWarehouse(
  type: (typeof engines)[number],
  work: (session: Session, dialect: Dialect, openAnother: () => Promise<Session>) => Promise<void>,
): Promise<void> {
  const { options, drop } = await place(type);
  const engine = await loadEngine(type);
  try {
    const warehouse = await engine.openWarehouse(
      { name: 'olap', type, options, root: tmpdir() },
      { timeoutMs: 30_000, label: 'test' },
    );
    const sessions: Session[] = [];
    const open = async () => {
      const session = await warehouse.session();
      sessions.push(session);
      return session;
    };
    try {
      await work(await open(), engine.dialect, open);
    } finally {
      for (const session of sessions) await session.close();
      await warehouse.close();
    }
  } finally {
    await drop();
  }
}

async function place(type: (typeof engines)[number]) {
  if (type === 'mysql') return freshDatabase('journal');
  const folder = mkdtempSync(join(tmpdir(), 'chat-etl-journal-'));
  return {
    options: { path: join(folder, 'olap.duckdb') },
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
