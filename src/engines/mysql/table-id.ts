/** What tells a table from another one of its name, and from itself before it was emptied. */
import type { EtlError } from '../../errors.js';
import { type Connection, identityOf, runStatement } from './connect.js';
import { errorNumber } from './errors.js';
import { quoteText } from './literals.js';

/**
 * InnoDB gives each table a number when it is made, truncated or rebuilt; `create_time` does not tell the second (tried on
 * MariaDB 10.11 and MySQL 9.7). Of a partitioned table the largest. Undefined for a view, for another storage engine, where
 * the login lacks PROCESS, and for names that hold more than ASCII.
 */
export async function readTableId(
  connection: Connection,
  database: string | undefined,
  table: string,
): Promise<string | undefined> {
  const name = [database ?? '', table].map(fileName).join('/');
  if (!isAscii.test(name)) return undefined;
  const list = identityOf(connection).mariadb ? 'innodb_sys_tables' : 'innodb_tables';
  try {
    const { rows } = await runStatement(
      connection,
      `SELECT CAST(MAX(table_id) AS CHAR) AS id FROM information_schema.${list}
WHERE SUBSTRING_INDEX(SUBSTRING_INDEX(name, '#P#', 1), '#p#', 1) = ${quoteText(name)}`,
    );
    const id = rows[0]?.id;
    return id === null || id === undefined ? undefined : String(id);
  } catch (error) {
    if (errorNumber(error as EtlError) === 1227) return undefined;
    throw error;
  }
}

const isAscii = /^[\x20-\x7e]+$/;

/** InnoDB knows a table by the name of its file, in which all but letters, digits and `_` are numbers. */
function fileName(name: string): string {
  return name.replace(/[\x20-\x7e]/g, (one) =>
    /\w/.test(one) ? one : `@${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
