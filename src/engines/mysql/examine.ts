/** Whether a login and a server have what a warehouse needs; nothing is written to find out. */
import { EtlError, toEtlError } from '../../errors.js';
import type { ServerFinding, Session } from '../contract.js';
import { refuseOldServer } from './capabilities.js';

export const insertsInsteadOfFiles =
  'the warehouse server has local_infile off, so rows are loaded by INSERT, which is slower; `set global local_infile = on` there, or the same in its configuration, allows LOAD DATA LOCAL';

const neededRights = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE',
  'DROP',
  'ALTER',
  'CREATE VIEW',
  'CREATE TEMPORARY TABLES',
] as const;

type Asking = Pick<Session, 'query'>;

/** What would end a run, as errors, and what would cost it something. */
export async function examineWarehouse(
  session: Asking,
  database: string | undefined,
  timezone: string,
): Promise<readonly ServerFinding[]> {
  const [server] = await session.query('select version() as version');
  return [
    ...(await refused(async () => refuseOldServer(String(server?.version)))),
    ...(await missingRights(session, database ?? '')),
    ...(await settingsInTheWay(session)),
    ...(await refused(() => requireTimezone(session, timezone))),
  ];
}

/** Errors: UNSUPPORTED where the server cannot convert from UTC into this zone. */
export async function requireTimezone(session: Asking, timezone: string): Promise<void> {
  if (/^(UTC|Etc\/UTC)$/i.test(timezone)) return;
  const ask = `select convert_tz('2024-01-01 00:00:00', '+00:00', ?) as converted`;
  const [row] = await session.query(ask, [timezone]);
  if (row?.converted !== null && row?.converted !== undefined) return;
  throw new EtlError('UNSUPPORTED', `the warehouse cannot convert times into the zone '${timezone}'`, {
    hint: 'load the zone tables: mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql mysql; or check the name of the zone',
  });
}

/** Rights on single tables do not count: a run makes tables of its own. */
async function missingRights(session: Asking, database: string): Promise<readonly ServerFinding[]> {
  const [login] = await session.query('select current_user() as name, current_role() as role');
  const name = String(login?.name);
  const at = name.lastIndexOf('@');
  const grantee = `'${name.slice(0, at)}'@'${name.slice(at + 1)}'`;
  const rights = await heldRights(session, grantee, database);
  const missing = neededRights.filter((right) => !rights.has(right)).map((right) => right.toLowerCase());
  if (missing.length === 0) return [];
  const list = missing.join(', ');
  if (![null, undefined, '', 'NONE'].includes(login?.role as string | null | undefined)) {
    const message = `${name} itself has no right to ${list} in '${database}'; its role may have them`;
    return [{ severity: 'warning', message, hint: undefined }];
  }
  const message = `${name} has no right to ${list} in '${database}'`;
  return [{ severity: 'error', message, hint: `grant ${list} on ${database}.* to ${grantee}` }];
}

async function heldRights(session: Asking, grantee: string, database: string): Promise<ReadonlySet<string>> {
  // The name of a database in a grant is a pattern.
  const held = await session.query(
    `select '' as pattern, privilege_type as held from information_schema.user_privileges where grantee = ?
union all select table_schema, privilege_type from information_schema.schema_privileges where grantee = ? and ? like table_schema escape '\\'`,
    [grantee, grantee, database],
  );
  const patterns = [...new Set(held.map((row) => String(row.pattern)))].filter((pattern) => pattern !== '');
  // Of several patterns that fit, servers take the one that leaves least open, and no other.
  const [closest] = patterns.toSorted((left, right) => fixedLength(right) - fixedLength(left));
  const counts = held.filter((row) => row.pattern === '' || row.pattern === closest);
  return new Set(counts.map((row) => String(row.held).toUpperCase()));
}

/** Up to the first wildcard; a pattern without any is as close as can be. */
function fixedLength(pattern: string): number {
  const first = pattern.replace(/\\[_%]/g, 'x').search(/[_%]/);
  return first < 0 ? Number.POSITIVE_INFINITY : first;
}

const leastPacketBytes = 16 * 1024 * 1024;

async function settingsInTheWay(session: Asking): Promise<readonly ServerFinding[]> {
  const rows = await session.query(
    `show global variables where variable_name in ('local_infile', 'log_bin', 'binlog_format', 'max_allowed_packet')`,
  );
  const settings = new Map(rows.map((row) => [String(row.Variable_name), String(row.Value)]));
  const hasFiles = settings.get('local_infile') === 'ON';
  const packetBytes = Number(settings.get('max_allowed_packet'));
  const findings: ServerFinding[] = [];
  if (settings.get('log_bin') === 'ON' && settings.get('binlog_format') === 'STATEMENT') {
    findings.push({
      severity: 'error',
      message:
        'the warehouse server writes its binary log by statements, which the isolation level of a run does not allow',
      hint: 'set global binlog_format = ROW, or MIXED',
    });
  }
  if (!hasFiles) findings.push({ severity: 'warning', message: insertsInsteadOfFiles, hint: undefined });
  if (!hasFiles && packetBytes < leastPacketBytes) {
    const message = `a row of more than ${packetBytes} bytes cannot be loaded: max_allowed_packet of the warehouse server`;
    findings.push({ severity: 'warning', message, hint: 'raise it, or allow local_infile' });
  }
  return findings;
}

async function refused(work: () => Promise<void>): Promise<readonly ServerFinding[]> {
  try {
    await work();
    return [];
  } catch (thrown) {
    const { message, hint } = toEtlError(thrown);
    return [{ severity: 'error', message, hint }];
  }
}
