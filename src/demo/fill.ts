/** Fills a database with the demo's chat data. */
import { EtlError } from '../errors.js';
import { type ChatSize, generateChat } from './generate.js';
import { type TableName, tableNames } from './tables.js';
import type { ChatDatabase } from './targets.js';

export type RowsByTable = Readonly<Record<TableName, number>>;

/**
 * Makes the chat tables anew and fills them; how many rows each has got. `replace`: also where they hold rows already.
 * Errors: USAGE where they hold rows and `replace` is false.
 */
export async function fillChat(database: ChatDatabase, size: ChatSize, replace: boolean): Promise<RowsByTable> {
  if (!replace) await refuseFilled(database);
  return database.bulk(async () => {
    await database.createTables();
    const counts: Record<TableName, number> = { users: 0, chats: 0, chat_members: 0, messages: 0, reactions: 0 };
    for (const batch of generateChat(size)) {
      await database.write(batch);
      counts[batch.table] += batch.rows.length;
    }
    return counts;
  });
}

async function refuseFilled(database: ChatDatabase): Promise<void> {
  const existing = await database.existingTables();
  for (const name of tableNames.filter((table) => existing.includes(table))) {
    const rows = await database.query(`select 1 as found from ${name} limit 1`);
    if (rows.length === 0) continue;
    throw new EtlError('USAGE', `the table '${name}' holds rows already`, {
      hint: 'give --replace to lose them, or another connection',
    });
  }
}
