/** Do the columns exist that data tests name, and are they of a type that the test can look at? */
import { errorAt } from '../config/problems.js';
import type { YamlPath } from '../config/yaml-file.js';
import { formatType } from '../engines/type-text.js';
import type { Column } from '../engines/types.js';
import type { Problem } from '../errors.js';
import type { DataTest } from '../pipeline/data-test.js';
import type { Definition } from '../pipeline/parse.js';
import { absentColumns } from './columns.js';
import type { KnownTables } from './model-columns.js';
import { namedAt } from './named-columns.js';
import { rangeRules } from './range-rules.js';

/** The mistakes of one test of a step, whose place among its tests is `index`. */
export function testColumnRules(
  definition: Definition,
  test: DataTest,
  index: number,
  tables: KnownTables,
): readonly Problem[] {
  const { table } = definition.step;
  const columns = tables.get(table) ?? [];
  const absent = (names: readonly string[], ...path: YamlPath): readonly Problem[] =>
    absentColumns(namedAt(definition, names, 'tests', index, test.kind, ...path), table, columns);
  switch (test.kind) {
    case 'unique':
    case 'not_null':
      return absent(test.columns);
    case 'accepted_values':
      return absent([test.column], 'column');
    case 'relationship': {
      const others = tables.get(test.toTable);
      const target = namedAt(definition, [test.toColumn], 'tests', index, test.kind, 'to');
      return [
        ...absent([test.column], 'column'),
        ...(others === undefined ? [] : absentColumns(target, test.toTable, others)),
      ];
    }
    case 'range': {
      const column = columnOf(columns, test.column);
      if (column === undefined) return absent([test.column], 'column');
      return rangeRules(column, test, (end) => definition.valueAt('tests', index, test.kind, end));
    }
    case 'freshness':
      return [...absent([test.column], 'column'), ...typeRule(['date', 'timestamp'], 'a date or a timestamp')];
    case 'no_gaps':
      return [...absent([test.column], 'column'), ...absent(test.per, 'per'), ...typeRule(['date'], 'a date')];
    case 'change':
    case 'expression':
    case 'sql':
    case 'row_count':
      return [];
  }

  function typeRule(kinds: readonly Column['type']['kind'][], words: string): readonly Problem[] {
    const name = 'column' in test ? test.column : '';
    const column = columnOf(columns, name);
    if (column === undefined || kinds.includes(column.type.kind)) return [];
    const place = definition.valueAt('tests', index, test.kind, 'column');
    return [errorAt(place, `'${test.kind}' needs ${words}, but '${name}' is ${formatType(column.type)}`)];
  }
}

function columnOf(columns: readonly Column[], name: string): Column | undefined {
  return columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}
