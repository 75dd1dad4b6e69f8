/** Makes staging equal to its source in the ranges of the key that a comparison found to differ, and touches nothing else. */
import type { Dialect, Session } from '../engines/contract.js';
import type { KeyRanges } from '../engines/ranges.js';
import type { Column } from '../engines/types.js';
import { noRows, type RowCounts } from './apply.js';
import { loadStaging, type StagingRequest } from './staging.js';
import { comparedTableOf } from './work-tables.js';

/**
 * After the merge of the same read, which is of the same snapshot: so no key is changed twice. Errors: APPEND_ONLY where rows
 * of an append-only source would be changed, DATABASE.
 */
export async function repairStaging(
  session: Session,
  dialect: Dialect,
  merge: Omit<StagingRequest, 'workTable' | 'whole' | 'detected' | 'backfilled'>,
  compared: { readonly ranges: KeyRanges | undefined; readonly columns: readonly Column[] },
): Promise<RowCounts> {
  const { source } = merge;
  const { ranges, columns } = compared;
  if (ranges?.numbers.length === 0) return noRows;
  const workTable = comparedTableOf(source.table);
  const detected = source.deletes.policy === 'ignore' ? undefined : { ranges, columns, keysTable: workTable };
  return loadStaging(session, dialect, { ...merge, workTable, whole: false, detected });
}
