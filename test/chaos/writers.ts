/** Connections that write to the small chat all at once, a third of their transactions committing long after their stamp. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Connection, createConnection, type ResultSetHeader } from 'mysql2/promise';
import type { TestDatabase } from '../servers/database.js';

export interface Written {
  inserted: number;
  updated: number;
  softDeleted: number;
  hardDeleted: number;
  /** Transactions that committed 0.5 s or more after their rows were stamped. */
  lateCommits: number;
}

type Kind = Exclude<keyof Written, 'lateCommits'>;

/** What a transaction does; `row` is the id of any row that may be there. */
const statements: Readonly<Record<Kind, readonly ((row: number) => string)[]>> = {
  inserted: [
    (row) => insertMessages(row),
    (row) => insertMessages(row),
    (row) => insertMessages(row),
    (row) =>
      `insert into users values (${1000 + Math.floor(Math.random() * 1e9)}, 'new', 'n${row % 10}', now(6), null)`,
  ],
  updated: [
    (row) => `update messages set body = concat(body, '${row % 10}'), updated_at = now(6) where id = ${row}`,
    (row) =>
      `update messages set created_at = created_at - interval 1 day, deleted_at = null, updated_at = now(6) where id = ${row}`,
    (row) => `update users set country = 'c${row % 10}', updated_at = now(6) where id = ${row % 40}`,
  ],
  softDeleted: [
    (row) => `update messages set deleted_at = now(6), updated_at = now(6) where id = ${row}`,
    (row) => `update users set deleted_at = now(6), updated_at = now(6) where id = ${row % 40}`,
  ],
  hardDeleted: [
    (row) => `delete from messages where id = ${row}`,
    (row) => `delete from messages where id = ${row}`,
    (row) => `delete from users where id = ${row % 40}`,
  ],
};

const kinds: readonly Kind[] = ['inserted', 'inserted', 'inserted', 'updated', 'updated', 'softDeleted', 'hardDeleted'];

/** Writes on `connections` connections until `isEnough`; resolves to what was committed once all of them have ended. */
export async function writeAtOnce(
  database: TestDatabase,
  connections: number,
  isEnough: () => boolean,
): Promise<Written> {
  const written: Written = { inserted: 0, updated: 0, softDeleted: 0, hardDeleted: 0, lateCommits: 0 };
  await Promise.all(Array.from({ length: connections }, () => writeUntil(isEnough, database, written)));
  return written;
}

async function writeUntil(isEnough: () => boolean, database: TestDatabase, written: Written): Promise<void> {
  const { host, port, user, password } = database;
  const connection = await createConnection({ host, port, user, password, database: database.database });
  try {
    await connection.query("set time_zone = '+00:00'");
    await connection.query('set session transaction isolation level read committed');
    for (let lastId = 600; !isEnough(); lastId += 5) await writeOnce(connection, lastId, written);
  } finally {
    connection.destroy();
  }
}

async function writeOnce(connection: Connection, lastId: number, written: Written): Promise<void> {
  const kind = oneOf(kinds);
  const statement = oneOf(statements[kind])(1 + Math.floor(Math.random() * lastId));
  const isLate = Math.random() < 1 / 3;
  await connection.beginTransaction();
  const affectedRows = await affectedBy(connection, statement);
  await wait(isLate ? 500 + Math.random() * 3500 : Math.random() * 50);
  await connection.commit();
  written[kind] += affectedRows;
  if (isLate && affectedRows > 0) written.lateCommits++;
}

/** 0 where the server chose it as the victim of a deadlock and has rolled it back. */
async function affectedBy(connection: Connection, statement: string): Promise<number> {
  try {
    const [{ affectedRows }] = await connection.query<ResultSetHeader>(statement);
    return affectedRows;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ER_LOCK_DEADLOCK') return 0;
    throw error;
  }
}

function insertMessages(row: number): string {
  const rows = Array.from(
    { length: 1 + (row % 3) },
    (_, of) => `(${1 + (row % 40)}, '${'x'.repeat(1 + ((row + of) % 12))}', now(6) - interval ${row % 30} day, now(6))`,
  );
  return `insert into messages (user_id, body, created_at, updated_at) values ${rows.join(', ')}`;
}

function oneOf<T>(list: readonly T[]): T {
  const chosen = list[Math.floor(Math.random() * list.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}
