/** Runs a user's statement against the warehouse and prints its rows. */
import { EtlError } from '../errors.js';
import { printRows, refuseTwoForms } from './print-rows.js';
import type { QueryArguments } from './query.js';
import { withReader } from './warehouse.js';
import { withConfig } from './with-project.js';

export function queryWarehouse(flags: QueryArguments): Promise<void> {
  refuseTwoForms(flags);
  // A trailing semicolon is how people end statements.
  const sql = flags.sql.trim().replace(/;$/, '');
  if (sql === '') throw new EtlError('USAGE', 'the statement is empty');
  return withConfig(flags, async (config) => {
    const result = await withReader(config, async (session) => ({
      columns: await session.describe(sql),
      rows: await session.query(sql),
    }));
    printRows(result, flags);
  });
}
