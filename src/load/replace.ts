/** Makes a table without a key equal to new rows: all of it or, where nothing differs, none. */
import type { Dialect, Session } from '../engines/contract.js';
import { noRows, type RowCounts } from './apply.js';
import { quoted } from './sql.js';

/** `rows`: a quoted relation with at least `columns`. Throws what `refuse` throws, given how many rows there were and are. */
export async function replaceRows(
  session: Session,
  dialect: Dialect,
  target: string,
  columns: readonly string[],
  rows: string,
  refuse?: (before: number, after: number) => void,
): Promise<RowCounts> {
  if (await sameRows(session, dialect, target, columns, rows)) return noRows;
  const table = dialect.identifier(target);
  const deleted = await session.execute(`delete from ${table}`);
  const inserted = await session.execute(
    `insert into ${table} (${quoted(dialect, columns)}) select ${quoted(dialect, columns)} from ${rows} n`,
  );
  refuse?.(deleted, inserted);
  return { inserted, updated: 0, deleted };
}

/** Equal as bags of rows: every row as often on one side as on the other. */
async function sameRows(
  session: Session,
  dialect: Dialect,
  target: string,
  columns: readonly string[],
  rows: string,
): Promise<boolean> {
  const list = quoted(dialect, columns);
  const unequal = await session.query(
    `select 1 as differs from (select ${list}, 1 as etl_side from ${dialect.identifier(target)} union all select ${list}, -1 as etl_side from ${rows} n) b group by ${list} having sum(etl_side) <> 0 limit 1`,
  );
  return unequal.length === 0;
}
