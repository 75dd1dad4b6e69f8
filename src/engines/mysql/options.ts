/** The options of a `type: mysql` connection. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { EtlError } from '../../errors.js';
import type { ConnectionDefinition } from '../contract.js';

/** `off`: plain; `require`: encrypted, any certificate; `verify-ca` and `verify-identity`: certificate checked, the latter with the host's name. */
export const tlsModes = ['off', 'require', 'verify-ca', 'verify-identity'] as const;
export type TlsMode = (typeof tlsModes)[number];

export interface MysqlOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string | undefined;
  /** Path of a unix socket; host and port are not used then. */
  readonly socket: string | undefined;
  readonly tls: { readonly mode: TlsMode; readonly ca: string | undefined };
  /** The primary of this replica: there the open transactions are listed. */
  readonly watermarkFrom: MysqlOptions | undefined;
  /** Connections that read one large table side by side. */
  readonly parallelReads: number;
}

const known = ['host', 'port', 'user', 'password', 'database', 'socket', 'tls', 'watermark_from', 'parallel_reads'];

/**
 * Reads and checks a connection's options. `watermark_from` must have been replaced by the named connection's own options.
 * Errors: DEFINITION.
 */
export function parseOptions(connection: ConnectionDefinition): MysqlOptions {
  const { options } = connection;
  const wrong = (message: string, hint?: string): EtlError =>
    new EtlError('DEFINITION', `connection '${connection.name}': ${message}`, { hint });
  for (const name of Object.keys(options)) {
    if (!known.includes(name) && name !== 'type')
      throw wrong(`unknown option '${name}'`, `one of: ${known.join(', ')}`);
  }
  const text = (name: string): string | undefined => {
    const value = options[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw wrong(`'${name}' must be a text`);
  };
  const port = Number(text('port') ?? 3306);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw wrong(`'port' must be a number from 1 to 65535`);
  const host = text('host') ?? '127.0.0.1';
  const socket = text('socket');
  const tls = parseTls(options.tls, connection.root, wrong);
  // The driver would compare the certificate with `localhost`, whatever the address.
  if (tls.mode === 'verify-identity' && socket === undefined && isIP(host) !== 0) {
    const hint = "write the host's name, or `tls: { mode: verify-ca }` to check the certificate without a name";
    throw wrong(`'verify-identity' needs the name of the host, but 'host' is the address ${host}`, hint);
  }
  const primary = options.watermark_from;
  if (primary !== undefined && !isRecord(primary)) throw wrong(`'watermark_from' must name a mysql connection`);
  return {
    host,
    port,
    user: text('user') ?? 'root',
    password: text('password') ?? '',
    database: text('database'),
    socket,
    tls,
    watermarkFrom: primary === undefined ? undefined : parseOptions({ ...connection, options: primary }),
    parallelReads: Number(text('parallel_reads') ?? 1),
  };
}

function parseTls(
  value: unknown,
  root: string,
  wrong: (message: string, hint?: string) => EtlError,
): MysqlOptions['tls'] {
  if (value === undefined || value === null || value === false) return { mode: 'off', ca: undefined };
  if (value === true) return { mode: 'verify-identity', ca: undefined };
  const { mode = 'verify-identity', ca } = isRecord(value) ? value : { mode: value };
  const found = tlsModes.find((known) => known === mode);
  if (found === undefined) throw wrong(`unknown tls mode '${String(mode)}'`, `one of: ${tlsModes.join(', ')}`);
  if (ca === undefined || ca === null) return { mode: found, ca: undefined };
  const path = resolve(root, String(ca));
  try {
    return { mode: found, ca: readFileSync(path, 'utf8') };
  } catch (cause) {
    throw new EtlError('IO', `cannot read the certificate ${path}`, { cause });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `host:port` or the socket's path, for messages. */
export function serverName(options: MysqlOptions): string {
  return options.socket ?? `${options.host}:${options.port}`;
}
