/** Which data tests say something of each row by itself, so that a row that has not changed passes again. */
import { isRowTest, type RowTest } from './data-test.js';
import { isGivenByKey } from './keys.js';
import { testsOf } from './tests-of.js';
import type { Project } from './types.js';

/** Of a `relationship` test it holds while the values it points at stay. */
export function looksAtRows(test: RowTest): boolean {
  return conditionsOf(test).every(isOfRow);
}

function conditionsOf(test: RowTest): readonly string[] {
  const own = test.kind === 'expression' ? [test.condition] : [];
  return test.filter === undefined ? own : [...own, test.filter];
}

/** Functions whose value their arguments alone decide. Any other might be the clock's, or chance's. */
const pure = new Set(
  'and or not in is between like case when then else coalesce nullif lower upper trim length char_length abs round floor ceil'.split(
    ' ',
  ),
);

/** True where a condition cannot be false of a row today and true tomorrow. In doubt it is not. */
function isOfRow(condition: string): boolean {
  const words = condition.toLowerCase();
  if (/\b(select|table|current\w*|local\w*|utc_\w*|sysdate|session_user|user)\b|@/.test(words)) return false;
  return [...words.matchAll(/([\w$"`.]+)\s*\(/g)].every(([, name = '']) => pure.has(name));
}

/** The columns among these that the tests by row of a table read, or may. */
export function columnsOfRowTests(project: Project, table: string, columns: readonly string[]): readonly string[] {
  const tests = testsOf(project, table)
    .filter(isRowTest)
    .filter((test) => looksAtRows(test) && !isGivenByKey(project, table, test));
  return columns.filter((column) => tests.some((test) => mayRead(test, column.toLowerCase())));
}

function mayRead(test: RowTest, column: string): boolean {
  const named = namedColumns(test).some((it) => it.toLowerCase() === column);
  return named || conditionsOf(test).some((condition) => condition.toLowerCase().includes(column));
}

function namedColumns(test: RowTest): readonly string[] {
  if (test.kind === 'expression') return [];
  return test.kind === 'not_null' ? test.columns : [test.column];
}

/** True where a `relationship` test points at the table. */
export function isPointedAt(project: Project, table: string): boolean {
  return project.order.some((from) =>
    testsOf(project, from).some((test) => test.kind === 'relationship' && test.toTable === table),
  );
}
