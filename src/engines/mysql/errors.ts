/** Errors of MySQL, MariaDB and their driver as EtlErrors, and where in a statement they point. */
import { type ErrorCode, EtlError } from '../../errors.js';
import type { SqlErrorPosition } from '../contract.js';
import { tooLongForExtendedWkb } from './geometry.js';

export interface ErrorContext {
  readonly sql?: string | undefined;
  /** `host:port`, where the message would not say it. */
  readonly server?: string | undefined;
  /** True while the connection is being opened: one that is lost then has never been there. */
  readonly isOpening?: boolean;
}

interface Kind {
  readonly code: ErrorCode;
  readonly retryable?: boolean;
  readonly hint?: string;
}

const privilege = (hint: string): Kind => ({ code: 'PRIVILEGE', hint });
const lost: Kind = {
  code: 'CONNECTION_LOST',
  retryable: true,
  hint: 'the server or the network ended the connection; run again, nothing is lost or doubled',
};
const unreachable: Kind = {
  code: 'CONNECTION',
  retryable: true,
  hint: 'is the server up, and are host and port right?',
};
const tooLarge = (hint: string): Kind => ({ code: 'TOO_LARGE', hint });
const longGeometry = tooLarge(
  'raise max_allowed_packet of the server, which an SRID and its geometry have to fit into, or exclude the column',
);
const certificate: Kind = {
  code: 'CONNECTION',
  hint: 'the certificate was refused; see `tls: { mode, ca }` of the connection',
};

const noUserConnection: Kind = {
  code: 'CONNECTION',
  retryable: true,
  hint: 'this login has no free connection (max_user_connections of the server or of the login); lower `run.parallel`',
};
const heldLock: Kind = {
  code: 'LOCK_TIMEOUT',
  retryable: true,
  hint: 'another connection holds rows or tables that the run needs; end it, or wait for it, and run again',
};
const keyless: Kind = {
  code: 'UNSUPPORTED',
  hint: 'this server takes no tables without a primary key: give the model, or the source, a `key`',
};
const full: Kind = {
  code: 'DISK_FULL',
  hint: 'make room on the disk of the server (data, temporary files, binary log), and run again',
};

const byNumber: Readonly<Record<number, Kind>> = {
  1040: {
    code: 'CONNECTION',
    retryable: true,
    hint: 'the server has no free connection (max_connections); lower `run.parallel`',
  },
  1203: noUserConnection,
  1226: noUserConnection,
  1044: privilege('the login has no right to this database'),
  1045: { code: 'PRIVILEGE', hint: 'check user and password of the connection, and `tls` where the login requires it' },
  1698: { code: 'PRIVILEGE', hint: 'check user and password of the connection, and `tls` where the login requires it' },
  1049: { code: 'CONNECTION', hint: 'the database does not exist; create it or mend `database` of the connection' },
  1142: privilege('grant this privilege to the login of the connection'),
  1143: privilege('grant this privilege to the login of the connection'),
  1227: privilege('grant this privilege to the login of the connection'),
  1290: privilege('the server is read-only or was started with an option that forbids this'),
  1836: privilege('the server is read-only'),
  3159: {
    code: 'CONNECTION',
    hint: 'the server takes encrypted connections alone; see `tls: { mode, ca }` of the connection',
  },
  1053: lost,
  1077: lost,
  1152: lost,
  1158: lost,
  1159: lost,
  1160: lost,
  1161: lost,
  1927: lost,
  2006: lost,
  2013: lost,
  2055: lost,
  3169: lost,
  4031: lost,
  1205: heldLock,
  1213: { code: 'DEADLOCK', retryable: true },
  1614: { code: 'DEADLOCK', retryable: true },
  1020: { code: 'DEADLOCK', retryable: true },
  3101: { code: 'DEADLOCK', retryable: true },
  3572: heldLock,
  1153: tooLarge('raise max_allowed_packet of the server, or exclude the wide column'),
  1162: tooLarge('raise max_allowed_packet of the server, or exclude the wide column'),
  1301: tooLarge('raise max_allowed_packet of the server, or exclude the wide column'),
  1118: tooLarge('the row has more or wider columns than a table of this server can hold'),
  1197: tooLarge('raise max_binlog_cache_size of the server, or set `atomicity: step`'),
  3100: tooLarge('raise group_replication_transaction_size_limit, or set `atomicity: step`'),
  1412: { code: 'SCHEMA_CHANGE', retryable: true, hint: 'the table was altered while it was being read' },
  3098: keyless,
  3750: keyless,
  1021: full,
  1114: full,
  1969: { code: 'TIMEOUT', hint: 'raise `run.timeout`, or look at the statement with EXPLAIN' },
  3024: { code: 'TIMEOUT', hint: 'raise `run.timeout`, or look at the statement with EXPLAIN' },
  1028: { code: 'CANCELLED' },
  1317: { code: 'CANCELLED' },
  1062: { code: 'DUPLICATE_KEY' },
  1586: { code: 'DUPLICATE_KEY' },
  1665: {
    code: 'UNSUPPORTED',
    hint: 'binlog_format of the warehouse server is STATEMENT; set it to ROW or MIXED: set global binlog_format = ROW',
  },
  1298: { code: 'UNSUPPORTED', hint: 'load the zone tables: mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql mysql' },
};

const byName: Readonly<Record<string, Kind>> = {
  ECONNREFUSED: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENOENT: { code: 'CONNECTION', hint: 'the socket of the connection does not exist' },
  ETIMEDOUT: unreachable,
  PROTOCOL_CONNECTION_LOST: lost,
  ECONNRESET: lost,
  EPIPE: lost,
  ERR_STREAM_DESTROYED: lost,
  ERR_STREAM_WRITE_AFTER_END: lost,
  PROTOCOL_SEQUENCE_TIMEOUT: { code: 'TIMEOUT', retryable: true },
  HANDSHAKE_NO_SSL_SUPPORT: { code: 'CONNECTION', hint: 'the server offers no TLS; see `tls` of the connection' },
  HANDSHAKE_SSL_ERROR: certificate,
  DEPTH_ZERO_SELF_SIGNED_CERT: certificate,
  SELF_SIGNED_CERT_IN_CHAIN: certificate,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate,
  CERT_HAS_EXPIRED: certificate,
  ERR_TLS_CERT_ALTNAME_INVALID: certificate,
};

/** Any error of the driver as an EtlError, the driver's own kept as `cause`. Passwords are never part of one. */
export function classify(error: unknown, context: ErrorContext = {}): EtlError {
  if (error instanceof EtlError) return error;
  const { errno, code, message, sqlMessage, sqlState } = details(error);
  const file = fileAskedFor.exec(message)?.[1];
  if (file !== undefined)
    return new EtlError('CONNECTION', `the server asked for the file ${file} and got none`, {
      cause: error,
      hint: untrusted,
    });
  const found = byNumber[errno] ?? byName[code] ?? kindByMessage(message);
  const kind = found === lost && context.isOpening === true ? unreachable : found;
  const server = context.server === undefined ? '' : ` (${context.server})`;
  const number = errno > 0 && sqlState !== '' ? ` [${errno}]` : '';
  return new EtlError(kind.code, `${sqlMessage || message || code}${number}${server}`, {
    cause: error,
    sql: context.sql,
    hint: kind.hint,
    retryable: kind.retryable ?? false,
  });
}

function kindByMessage(message: string): Kind {
  if (closed.test(message)) return lost;
  return tooLongForExtendedWkb.test(message) ? longGeometry : { code: 'DATABASE' };
}

/** What the driver says where a statement that is no LOAD DATA was answered like one. */
const fileAskedFor = /As a result of LOCAL INFILE command server wants to read ([\s\S]*) file, but/;
const untrusted =
  'no honest server does that: trust neither it nor the network between, and see `tls` of the connection';

/** What the driver says where a connection is used that has gone already; it gives no code then. */
const closed = /connection (?:is in|was) closed|closed state|Connection lost/i;

function details(error: unknown) {
  const fields = typeof error === 'object' && error !== null ? (error as Readonly<Record<string, unknown>>) : {};
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '');
  return {
    errno: typeof fields.errno === 'number' ? fields.errno : 0,
    code: text('code'),
    message: error instanceof Error ? error.message : String(error),
    sqlMessage: text('sqlMessage'),
    sqlState: text('sqlState'),
  };
}

/** The server's own number of an error that `classify` made, 0 where there is none. */
export function errorNumber(error: EtlError): number {
  return details(error.cause).errno;
}

/** Where a refused statement is wrong, as far as the server's message tells; of MySQL only syntax errors have a line. */
export function sqlErrorPosition(error: EtlError): SqlErrorPosition | undefined {
  const message = error.message;
  const near = /near '([\s\S]*)' at line (\d+)/.exec(message);
  if (near?.[1] !== undefined) {
    const line = Number(near[2]);
    const position = near[1] === '' ? -1 : (error.sql ?? '').indexOf(near[1], lineStart(error.sql ?? '', line));
    return position >= 0 ? { position, line } : { line };
  }
  const named = namePatterns.map((pattern) => pattern.exec(message)?.[1]).find((name) => name !== undefined);
  if (named === undefined) return undefined;
  const unknown = unknownOf(errorNumber(error));
  return { name: named.split('.').at(-1) ?? named, ...(unknown === undefined ? {} : { unknown }) };
}

function unknownOf(number: number): SqlErrorPosition['unknown'] {
  if (number === 1054) return 'column';
  return number === 1146 ? 'table' : undefined;
}

/** 1054, 1052, 1146, 1305, 1055 and 1060 name the thing that is wrong, some of them with its database. */
const namePatterns = [
  /[Uu]nknown column '([^']+)'/,
  /[Cc]olumn '([^']+)' in .* is ambiguous/,
  /[Tt]able '([^']+)' doesn't exist/,
  /(?:FUNCTION|PROCEDURE) ([^ ]+) does not exist/,
  /nonaggregated column '([^']+)'/,
  /[Dd]uplicate column name '([^']+)'/,
  /[Uu]nknown table '([^']+)'/,
  /'([^']+)' isn't in GROUP BY/,
];

function lineStart(sql: string, line: number): number {
  let start = 0;
  for (let at = 1; at < line; at++) start = sql.indexOf('\n', start) + 1;
  return start;
}
