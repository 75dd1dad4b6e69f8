/** What people must know of a staging table that is not all its source gives: said once a run. */
import type { Capabilities } from '../engines/contract.js';
import { formatType } from '../engines/type-text.js';
import type { Source } from '../pipeline/types.js';
import type { Target } from './target.js';

export function stagingWarnings(
  source: Source,
  { columns, gone = [] }: Target,
  { maxDecimalDigits }: Capabilities,
): readonly string[] {
  const wide = columns.filter(({ type }) => type.kind === 'decimal' && type.precision > maxDecimalDigits);
  return [
    ...gone.map(
      (name) =>
        `${source.name} has no column '${name}' any more: ${source.table} keeps its values, rows from now on have NULL there; chat-etl run --reload ${source.name} takes it off`,
    ),
    ...wide.map(
      ({ name, type }) =>
        `${source.name}.${name} is ${formatType(type)}, and the warehouse holds ${maxDecimalDigits} digits: it is kept as text; \`columns: { add: … }\` can cast it`,
    ),
  ];
}
