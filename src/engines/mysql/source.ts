/** A MySQL or MariaDB database as a source. */
import { EtlError } from '../../errors.js';
import type { ConnectionDefinition, Engine, OpenSettings, SourceDatabase, SourceRead } from '../contract.js';
import { type Connection, identityOf, runStatement, type ServerIdentity } from './connect.js';
import { classify } from './errors.js';
import { quoteName, quoteText } from './literals.js';
import { listOpenWork, readClock, readWaitingSince } from './open-work.js';
import { parseOptions, serverName } from './options.js';
import { openPool } from './pool.js';
import { readLoad } from './read-load.js';
import { planRead } from './read-plan.js';
import { listOnPrimary } from './read-replica.js';
import { openSnapshot } from './read-snapshot.js';
import { readTableDetails } from './table-details.js';
import { readTableId } from './table-id.js';

/** Errors: DEFINITION, CONNECTION, PRIVILEGE, and UNSUPPORTED for a server before MySQL 5.7 or MariaDB 10.6. */
export async function openSource(
  connection: ConnectionDefinition,
  settings: OpenSettings,
  engine: Engine,
): Promise<SourceDatabase> {
  const options = parseOptions(connection);
  const pool = openPool(options, settings);
  const primaryPool = options.watermarkFrom && openPool(options.watermarkFrom, settings);
  const { withOne } = pool;
  const primary = primaryPool?.withOne;
  const close = async (): Promise<void> => {
    await Promise.all([pool.close(), primaryPool?.close()]);
  };
  try {
    const identity = await withOne(async (one) => identityOf(one));
    assertSupported(identity);
    // What marks and clocks are worth depends on whose they are.
    const marked = primary === undefined ? identity : await primary(async (one) => identityOf(one));
    return {
      engine,
      serverVersion: identity.version,
      serverId: marked.serverId,
      parallelReads: options.parallelReads,
      describe: async (read) => (await withOne((one) => planRead(one, read))).columns,
      details: (table) => withOne((one) => readTableDetails(one, table)),
      hasCursorIndex: (read) => withOne((one) => hasCursorIndex(one, read)),
      // One clock for all: transactions are as old as the primary says.
      clock: () => (primary ?? withOne)(readClock),
      openWork: () =>
        primary ? listOnPrimary(primary, withOne, settings.timeoutMs) : listOpenWork(withOne, identity.serverId),
      // What waits on the primary is not to be seen here.
      ...(primary ? {} : { waitingSince: () => withOne(readWaitingSince) }),
      load: () => withOne(readLoad),
      deletions: () => withOne(countDeletions),
      newSince: (read, since) => withOne((one) => newSince(one, read, since)),
      // Replicas number their tables by themselves, and another one may answer the next time.
      ...(primary
        ? {}
        : { tableId: ({ table }) => withOne(async (one) => table && readTableId(one, options.database, table)) }),
      snapshot: () => openSnapshot(options, settings),
      close,
    };
  } catch (error) {
    await close();
    throw classify(error, { server: serverName(options) });
  }
}

function assertSupported({ version, mariadb }: ServerIdentity): void {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const [leastMajor, leastMinor] = mariadb ? [10, 6] : [5, 7];
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  throw new EtlError('UNSUPPORTED', `the server is ${version}; a source needs MySQL 5.7 or MariaDB 10.6, or later`);
}

async function hasCursorIndex(connection: Connection, read: SourceRead): Promise<boolean | undefined> {
  if (read.table === undefined || read.cursor === undefined) return undefined;
  const { rows: found } = await runStatement(
    connection,
    `SELECT table_type AS kind FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ${quoteText(read.table)}`,
  );
  if (!found.some((row) => row.kind === 'BASE TABLE')) return undefined;
  const cursor = read.cursor.column.toLowerCase();
  const { rows } = await runStatement(connection, `SHOW INDEX FROM ${quoteName(read.table)} WHERE Seq_in_index = 1`);
  return rows.some((row) => String(row.Column_name).toLowerCase() === cursor);
}

/** Deletes count when they are done, before they are committed; those that a foreign key does are one with theirs. */
async function countDeletions(connection: Connection): Promise<string | undefined> {
  const { rows } = await runStatement(connection, `SHOW GLOBAL STATUS LIKE 'Handler_delete'`);
  return rows[0] === undefined ? undefined : String(rows[0].Value);
}

/** What is newer than `since` (UTC). */
async function newSince(
  connection: Connection,
  read: SourceRead,
  since: string,
): Promise<'server' | 'table' | undefined> {
  if (read.table !== undefined && (await isTableNewSince(connection, read.table, since))) return 'table';
  const start = serverStarts.get(connection) ?? (await serverStart(connection));
  serverStarts.set(connection, start);
  return start > since ? 'server' : undefined;
}

/** A connection lives no longer than its server. */
const serverStarts = new WeakMap<Connection, string>();

/** UTC, in the form of `clock`; never early, up to two seconds late, since the server counts by its clock's whole seconds. */
async function serverStart(connection: Connection): Promise<string> {
  const { rows: uptime } = await runStatement(connection, `SHOW GLOBAL STATUS LIKE 'Uptime'`);
  const { rows } = await runStatement(
    connection,
    `SELECT CAST(UTC_TIMESTAMP(6) - INTERVAL ${Number(uptime[0]?.Value) - 1} SECOND AS CHAR) AS started`,
  );
  return String(rows[0]?.started);
}

async function isTableNewSince(connection: Connection, table: string, since: string): Promise<boolean> {
  const { rows } = await runStatement(
    connection,
    `SELECT MAX(create_time >= TIMESTAMP${quoteText(since)}) AS created
FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ${quoteText(table)}`,
  );
  return Number(rows[0]?.created) === 1;
}
