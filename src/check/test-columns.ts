/** Do the columns exist that data tests name? */
import type { Problem } from '../errors.js';
import type { Definition } from '../pipeline/parse.js';
import type { DataTest } from '../pipeline/types.js';
import { absentColumns } from './columns.js';
import type { KnownTables } from './model-columns.js';
import { namedAt } from './named-columns.js';

/** The mistakes of one test of a step, whose place among its tests is `index`. */
export function testColumnRules(
  definition: Definition,
  test: DataTest,
  index: number,
  tables: KnownTables,
): readonly Problem[] {
  const { table } = definition.step;
  const columns = tables.get(table) ?? [];
  switch (test.kind) {
    case 'unique':
    case 'not_null':
      return absentColumns(namedAt(definition, test.columns, 'tests', index, test.kind), table, columns);
    case 'accepted_values':
      return absentColumns(namedAt(definition, [test.column], 'tests', index, test.kind, 'column'), table, columns);
    case 'relationship': {
      const others = tables.get(test.toTable);
      const target = namedAt(definition, [test.toColumn], 'tests', index, test.kind, 'to');
      return [
        ...absentColumns(namedAt(definition, [test.column], 'tests', index, test.kind, 'column'), table, columns),
        ...(others === undefined ? [] : absentColumns(target, test.toTable, others)),
      ];
    }
  }
}
