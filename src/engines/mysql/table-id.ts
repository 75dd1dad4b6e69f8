/** What tells a table from another one of its name, and from itself before it was emptied. */
import type { EtlError } from '../../errors.js';
import { type Connection, identityOf, runStatement, type ServerIdentity } from './connect.js';
import { errorNumber } from './errors.js';
import { quoteText } from './literals.js';

/**
 * InnoDB gives each table a number when it is made, truncated or rebuilt; `create_time` does not tell the second (tried on
 * MariaDB 10.11 and MySQL 9.7). Of a partitioned table the largest. Undefined for a view, for another storage engine, where
 * the login lacks PROCESS, where the server has no such list, for names that hold more than ASCII, and on MySQL while somebody
 * waits to change the table: there the list waits behind, and whoever holds the table would wait for itself.
 */
export async function readTableId(
  connection: Connection,
  database: string | undefined,
  table: string,
): Promise<string | undefined> {
  const name = [database ?? '', table].map(fileName).join('/');
  if (!isAscii.test(name)) return undefined;
  const { mariadb } = identityOf(connection);
  try {
    const { rows } = await runStatement(
      connection,
      `SELECT ${mariadb ? '' : soon} CAST(MAX(table_id) AS CHAR) AS id FROM information_schema.${tableList(identityOf(connection))}
WHERE SUBSTRING_INDEX(SUBSTRING_INDEX(name, '#P#', 1), '#p#', 1) = ${quoteText(name)}`,
    );
    const id = rows[0]?.id;
    return id === null || id === undefined ? undefined : String(id);
  } catch (error) {
    if (untold.includes(errorNumber(error as EtlError))) return undefined;
    throw error;
  }
}

const soon = '/*+ MAX_EXECUTION_TIME(250) */';

/** PROCESS is missing, or the list (in `information_schema` that is another number than elsewhere), or it was not told soon. */
const untold = [1227, 1109, 1146, 3024];

/** Where a server lists the tables of InnoDB; MySQL 8.0 gave the list another name. */
export function tableList({ version, mariadb }: Pick<ServerIdentity, 'version' | 'mariadb'>): string {
  return mariadb || Number.parseInt(version, 10) < 8 ? 'innodb_sys_tables' : 'innodb_tables';
}

const isAscii = /^[\x20-\x7e]+$/;

/** InnoDB knows a table by the name of its file, in which all but letters, digits and `_` are numbers. */
function fileName(name: string): string {
  return name.replace(/[\x20-\x7e]/g, (one) =>
    /\w/.test(one) ? one : `@${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
