/** The tables that keep one writer and one swap at a time; only this engine has them. */
import type { Column, ColumnType } from '../types.js';
import { type Connection, runStatement } from './connect.js';
import { dialect } from './dialect.js';
import { classify, errorNumber } from './errors.js';

const name: ColumnType = { kind: 'text', maxLength: 128 };
const number: ColumnType = { kind: 'integer', bits: 64, unsigned: false };
const needed = (column: string, type: ColumnType): Column => ({ name: column, type, nullable: false });
const optional = (column: string, type: ColumnType): Column => ({ name: column, type, nullable: true });

/** One row: who may write. `run_id` is NULL while nobody does; the token grows with every taking. */
const leaseColumns: readonly Column[] = [
  needed('name', name),
  needed('token', number),
  optional('run_id', name),
  optional('host', name),
  optional('pid', number),
  optional('started_at', name),
  optional('heartbeat_at', { kind: 'timestamp' }),
  // Connection ids mean something only as long as the server has not restarted.
  optional('server_started', number),
  optional('connection_ids', { kind: 'text' }),
];

/** What committed runs have still to swap in: a row goes when that is done. */
const publicationColumns: readonly Column[] = [
  needed('run_id', name),
  needed('recorded_at', { kind: 'timestamp' }),
  needed('payload', { kind: 'text' }),
];

const alreadyThere = 1050;

/** Creates what is missing; two processes may do so at once. */
export async function ensureOwnTables(connection: Connection): Promise<void> {
  const { rows } = await runStatement(
    connection,
    `select table_name from information_schema.tables where table_schema = database() and table_name in ('etl_lease', 'etl_publication')`,
  );
  if (rows.length === 2) return;
  for (const statement of [
    dialect.createTable('etl_lease', leaseColumns, ['name']),
    dialect.createTable('etl_publication', publicationColumns, ['run_id']),
  ]) {
    await runStatement(connection, statement).catch((thrown: unknown) => {
      if (errorNumber(classify(thrown)) !== alreadyThere) throw thrown;
    });
  }
}
