/** Do the columns exist that a source's definition names? */
import type { Column } from '../engines/types.js';
import type { Problem } from '../errors.js';
import type { Definition } from '../pipeline/parse.js';
import type { Source } from '../pipeline/types.js';
import { absentColumns, absentColumnsAsWritten, type NamedColumn } from './columns.js';
import { namedAt } from './named-columns.js';

/**
 * @param available columns of the table or query in the source
 * @param staged columns of the staging table
 */
export function sourceColumnRules(
  definition: Definition<Source>,
  available: readonly Column[],
  staged: readonly Column[],
): readonly Problem[] {
  const { step: source } = definition;
  const origin = 'table' in source.from ? source.from.table : `the query of ${source.name}`;
  return [
    ...absentColumns(readColumns(definition), origin, available),
    ...absentColumns(stagedColumns(definition), source.table, staged),
    ...absentColumnsAsWritten(keptColumns(definition), source.table, staged),
  ];
}

/** Named as in the source. */
function readColumns(definition: Definition<Source>): readonly NamedColumn[] {
  const { step: source, keyAt, raw, valueAt } = definition;
  const { include, exclude, rename } = source.columns;
  const cursor = source.incremental?.cursor.column;
  const cursorPath =
    typeof (raw.incremental as { cursor?: unknown } | undefined)?.cursor === 'string' ? [] : ['column'];
  return [
    ...namedAt(definition, include ?? [], 'columns', 'include'),
    ...namedAt(definition, exclude, 'columns', 'exclude'),
    ...Object.keys(rename).map((name) => ({ name, where: keyAt('columns', 'rename', name) })),
    ...(cursor === undefined ? [] : [{ name: cursor, where: valueAt('incremental', 'cursor', ...cursorPath) }]),
  ];
}

/** Named as in staging. */
function stagedColumns(definition: Definition<Source>): readonly NamedColumn[] {
  const { step: source, valueAt } = definition;
  const { deletes } = source;
  const soft =
    deletes.policy === 'soft_column' ? [{ name: deletes.column, where: valueAt('deletes', 'soft_column') }] : [];
  return [...namedAt(definition, source.key, 'key'), ...soft];
}

/** Those that `requireColumns` looks for in a run. */
function keptColumns(definition: Definition<Source>): readonly NamedColumn[] {
  const { step: source, valueAt } = definition;
  const { retention } = source;
  return [
    ...namedAt(definition, source.erase ?? [], 'erase'),
    ...(retention === undefined ? [] : [{ name: retention.column, where: valueAt('retention', 'column') }]),
  ];
}
