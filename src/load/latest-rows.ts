/** Of a key that a read brought twice, the last row counts. */
import type { Dialect } from '../engines/contract.js';
import { quoted } from './sql.js';

/** A select of `columns` from a work table, each key once. */
export function selectLatest(
  dialect: Dialect,
  workTable: string,
  key: readonly string[],
  columns: readonly string[],
): string {
  const list = quoted(dialect, columns);
  return `select ${list} from (select ${list}, row_number() over (partition by ${quoted(dialect, key)} order by ${dialect.readOrder} desc) as etl_rank from ${workTable}) r where etl_rank = 1`;
}
