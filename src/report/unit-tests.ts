/** What unit tests found, for people: a line a test, and differences as a table of rows. */
import type { Cell, Column } from '../engines/types.js';
import { formatPlace } from '../errors.js';
import type { RowDifference } from '../unit/compare.js';
import type { TableDifference } from '../unit/compare-table.js';
import type { UnitResult } from '../unit/run-test.js';
import { formatError } from './error.js';
import { formatDuration, plural } from './format.js';
import type { Paint } from './paint.js';
import { formatProblems } from './problems.js';
import { formatTable } from './table.js';

/** Rows shown of one table. */
const maxRows = 20;
const maxCellWidth = 40;

/** One test's lines, without a newline at the end. */
export function formatUnitResult(result: UnitResult, paint: Paint): string {
  const { test, status, durationMs, differences, problems, error } = result;
  const mark = status === 'passed' ? paint.green('✓') : paint.red('✖');
  const head = `${mark} ${test.name}  ${paint.dim(formatDuration(durationMs))}`;
  if (status === 'passed') return head;
  const parts = [
    ...differences.map((difference) => formatDifference(difference, paint)),
    ...(problems.length > 0 ? [formatProblems(problems)] : []),
    ...(error === undefined ? [] : [formatError(error, paint)]),
  ];
  return [`${head}  ${paint.cyan(formatPlace(test.where))}`, ...parts.map(indented)].join('\n');
}

/** `12 tests passed, 1 failed in 0.4 s` */
export function unitSummary(results: readonly UnitResult[], durationMs: number): string {
  const passed = results.filter(({ status }) => status === 'passed').length;
  const failed = results.length - passed;
  const counts =
    failed === 0 ? `${plural(passed, 'unit test')} passed` : `${plural(failed, 'unit test')} failed, ${passed} passed`;
  return `${counts} in ${formatDuration(durationMs)}`;
}

/** A heading with counts, then the rows that differ: `-` missing, `+` not expected, `~` with other values than expected. */
export function formatDifference({ table, step, columns, rows }: TableDifference, paint: Paint): string {
  const where = step === undefined ? table : `${table}, step ${step}`;
  const shown = rows.slice(0, maxRows);
  const lines = shown.map((row) => [signOf(row, paint), ...cellsOf(row, columns, paint)]);
  const head = [
    { title: '', align: 'left' as const },
    ...columns.map(({ name, type }) => ({
      title: name,
      align: isNumeric(type) ? ('right' as const) : ('left' as const),
    })),
  ];
  const more = rows.length - shown.length;
  return [
    `${where}: ${countsOf(rows)}`,
    indented(formatTable(head, lines, paint)),
    ...(more > 0 ? [indented(paint.dim(`… ${plural(more, 'row')} more`))] : []),
  ].join('\n');
}

function countsOf(rows: readonly RowDifference[]): string {
  const count = (kind: RowDifference['kind']) => rows.filter((row) => row.kind === kind).length;
  const parts = [
    [count('changed'), 'with other values (expected → found)'],
    [count('missing'), 'missing'],
    [count('extra'), 'not expected'],
  ] as const;
  const said = parts.filter(([rowCount]) => rowCount > 0);
  return said.map(([rowCount, words]) => `${plural(rowCount, 'row')} ${words}`).join(', ');
}

function signOf({ kind }: RowDifference, paint: Paint): string {
  if (kind === 'missing') return paint.red('-');
  return kind === 'extra' ? paint.green('+') : paint.yellow('~');
}

function cellsOf(row: RowDifference, columns: readonly Column[], paint: Paint): readonly string[] {
  return columns.map((_, index) => {
    if (row.kind === 'missing') return paint.red(cellText(row.expected[index]));
    if (row.kind === 'extra') return paint.green(cellText(row.actual[index]));
    const expected = cellText(row.expected[index]);
    if (!row.changed.includes(index)) return expected;
    return `${paint.red(expected)} → ${paint.green(cellText(row.actual[index]))}`;
  });
}

function cellText(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return 'NULL';
  const text = cell instanceof Uint8Array ? `0x${Buffer.from(cell).toString('hex')}` : String(cell);
  const line = text.replace(/\s*\n\s*/g, ' ');
  return line.length <= maxCellWidth ? line : `${line.slice(0, maxCellWidth - 1)}…`;
}

function isNumeric({ kind }: Column['type']): boolean {
  return ['integer', 'decimal', 'float', 'double'].includes(kind);
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
