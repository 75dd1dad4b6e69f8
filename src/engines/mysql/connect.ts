/** Connections to MySQL and MariaDB: one set-up for all of them, and the list of those that are ours. */
import { type Connection, type ConnectionOptions, createConnection, type FieldPacket } from 'mysql2';
import type { OpenSettings } from '../contract.js';
import type { Parameter, ResultRow } from '../types.js';
import { classify } from './errors.js';
import { bindValues } from './literals.js';
import { type MysqlOptions, serverName } from './options.js';
import { boundSilence, endsWithin, socketOf, untilAnswered } from './silence.js';
import { openSocket } from './socket-reads.js';

export type { Connection } from 'mysql2';

export interface ConnectSettings extends OpenSettings {
  /** Allows LOAD DATA LOCAL, for statements that bring their own `infileStreamFactory`; off by default, so that no server gets a file. */
  readonly localInfile?: boolean;
  /** A connection on which a statement gets no answer for so long is given up; by default a while longer than `timeoutMs`. */
  readonly silenceMs?: number;
  /** Further session variables, name -> SQL value, e.g. `{ collation_connection: "'utf8mb4_0900_bin'" }`. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface ServerIdentity {
  /** `server_uuid`, or on MariaDB `server_uid` with host, port and server id, since copies of a machine share the former. */
  readonly serverId: string;
  /** As the server says it, e.g. `10.11.6-MariaDB` or `9.7.4`. */
  readonly version: string;
  readonly mariadb: boolean;
  readonly connectionId: string;
}

export interface StatementResult {
  readonly rows: readonly ResultRow[];
  readonly fields: readonly FieldPacket[];
  /** Rows changed (not merely found) by an insert, update or delete. */
  readonly affectedRows: number;
}

/**
 * A connection with the session of design 4.5: UTC, utf8mb4, standard quotes, strict; 64-bit integers, decimals, dates and
 * JSON as text. Statements are bounded by `timeoutMs` where the server can do that. Errors: CONNECTION, PRIVILEGE.
 */
export async function openConnection(options: MysqlOptions, settings: ConnectSettings): Promise<Connection> {
  const connection = createConnection(driverOptions(options, settings));
  // A connection that breaks while idle tells it by an event; the next statement fails then, which is where it is handled.
  connection.on('error', ignore);
  try {
    await new Promise<void>((done, failed) => connection.connect((error) => (error ? failed(error) : done())));
    await prepareSession(connection, settings);
    return connection;
  } catch (error) {
    connection.destroy();
    throw classify(error, { server: serverName(options), isOpening: true });
  }
}

/** Runs one statement; `?` are filled by `bindValues`. Errors are classified and carry the SQL. */
export function runStatement(
  connection: Connection,
  sql: string,
  parameters?: readonly Parameter[],
): Promise<StatementResult> {
  const text = bindValues(sql, parameters);
  return untilAnswered(connection, (done, failed) => {
    connection.query({ sql: text }, (error, result, fields) => {
      if (error) failed(classify(error, { sql: text }));
      else if (Array.isArray(result))
        done({ rows: result as readonly ResultRow[], fields: fields ?? [], affectedRows: 0 });
      else done({ rows: [], fields: [], affectedRows: result.affectedRows });
    });
  });
}

/** Ends a connection; one that is broken already, or does not get round to it, is only let go. */
export async function closeConnection(connection: Connection): Promise<void> {
  const ended = new Promise<void>((done) => {
    connection.once('end', () => done());
    connection.end(() => done());
  }).catch(() => undefined);
  await endsWithin(ended, closeTimeoutMs);
  connection.destroy();
  socketOf(connection).destroy();
}

/** Who answers at the other end of a connection. */
export function identityOf(connection: Connection): ServerIdentity {
  const found = identities.get(connection);
  if (found === undefined) throw new TypeError('not a connection that prepareSession has seen');
  return found;
}

/** Ids of this process's connections to a server, as its process list shows them. */
export function ownConnectionIds(serverId: string): ReadonlySet<string> {
  return ownIds.get(serverId) ?? new Set();
}

const identities = new WeakMap<Connection, ServerIdentity>();
const ownIds = new Map<string, Set<string>>();
const ignore = (): void => undefined;
export const connectTimeoutMs = 15_000;
const closeTimeoutMs = 5_000;
const keepAliveAfterMs = 30_000;

/** NO_BACKSLASH_ESCAPES: a backslash in a model is a backslash on every engine. Zero dates are readable: a policy decides on them. */
const sqlModes =
  'PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION';

/** Gives a new connection its session, and notes whose it is. */
export async function prepareSession(connection: Connection, settings: ConnectSettings): Promise<void> {
  await runStatement(connection, sessionSetup(settings));
  const { rows } = await runStatement(
    connection,
    `SHOW VARIABLES WHERE Variable_name IN ('server_uuid', 'server_uid', 'hostname', 'port', 'server_id', 'version', 'pseudo_thread_id')`,
  );
  const variables = Object.fromEntries(rows.map((row) => [String(row.Variable_name), String(row.Value)]));
  const { server_uuid: uuid, server_uid: uid = '', hostname, port, server_id: id, version = '' } = variables;
  const serverId = uuid ?? `${uid}@${hostname}:${port}/${id}`;
  const connectionId = variables.pseudo_thread_id ?? String(connection.threadId);
  identities.set(connection, { serverId, version, mariadb: version.includes('MariaDB'), connectionId });
  const ids = ownIds.get(serverId) ?? new Set();
  ownIds.set(serverId, ids.add(connectionId));
  boundSilence(connection, settings.silenceMs ?? settings.timeoutMs + connectTimeoutMs);
  // A server that restarts counts from 1 again: an id that is no longer ours must not hide somebody else's transaction.
  socketOf(connection).once('close', () => ids.delete(connectionId));
}

/** One statement for the whole session; `M!` comments are read by MariaDB alone, those from 50700 on by MySQL alone. */
function sessionSetup(settings: ConnectSettings): string {
  const seconds = Math.max(1, Math.ceil(settings.timeoutMs / 1000));
  const further = Object.entries(settings.variables ?? {}).map(([name, value]) => `, ${name} = ${value}`);
  return `SET NAMES utf8mb4, time_zone = '+00:00', sql_mode = '${sqlModes}', autocommit = 1, sql_select_limit = DEFAULT
, wait_timeout = 28800, net_write_timeout = 3600, net_read_timeout = 3600, lock_wait_timeout = ${seconds}
/*M!100100 , tx_isolation = 'REPEATABLE-READ', max_statement_time = ${settings.timeoutMs / 1000} */
/*!50720 , transaction_isolation = 'REPEATABLE-READ', max_execution_time = ${Math.ceil(settings.timeoutMs)} */
${further.join('\n')}`;
}

export function driverOptions(options: MysqlOptions, settings: ConnectSettings): ConnectionOptions {
  const { mode, ca } = options.tls;
  const comment = settings.label === '' ? '' : `/* ${settings.label.replaceAll('*/', '')} */ `;
  const ssl = {
    rejectUnauthorized: mode !== 'require',
    verifyIdentity: mode === 'verify-identity',
    ...(ca === undefined ? {} : { ca }),
  };
  const place = options.socket === undefined ? { host: options.host, port: options.port } : { path: options.socket };
  return {
    ...(options.socket === undefined ? { host: options.host, port: options.port } : { socketPath: options.socket }),
    // A socket under TLS is read by TLS.
    ...(mode === 'off' ? { stream: () => openSocket(place, keepAliveAfterMs) } : {}),
    user: options.user,
    password: options.password,
    ...(options.database === undefined ? {} : { database: options.database }),
    ...(mode === 'off' ? {} : { ssl }),
    charset: 'UTF8MB4_UNICODE_CI',
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
    multipleStatements: false,
    connectTimeout: connectTimeoutMs,
    // A peer that is gone without a word is noticed soon, and not by the two hours that are the system's default.
    enableKeepAlive: true,
    keepAliveInitialDelay: keepAliveAfterMs,
    // FOUND_ROWS would count rows an update left as they were; IGNORE_SPACE makes names of functions reserved.
    flags: ['-FOUND_ROWS', '-IGNORE_SPACE', '-ODBC', ...(settings.localInfile === true ? [] : ['-LOCAL_FILES'])],
    connectAttributes: { program_name: 'chat-etl' },
    queryFormat: (sql: string, values: unknown) =>
      `${comment}${bindValues(sql, Array.isArray(values) ? values : undefined)}`,
  };
}
