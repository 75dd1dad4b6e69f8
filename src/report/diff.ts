/** What a changed definition does, for people. */

import type { Cells, ModelDiff, RowDifferences, ValueDifferences } from '../diff/types.js';
import type { Cell } from '../engines/types.js';
import { formatTotals } from './diff-totals.js';
import { formatCount, formatRows } from './format.js';
import type { Paint } from './paint.js';
import { formatTable } from './table.js';

export function formatDiff(diff: ModelDiff, paint: Paint): string {
  const { rows, totals, notices } = diff;
  return [
    [headLine(diff, paint), ...factLines(diff, paint)].join('\n'),
    ...(rows === undefined || rows.values.length === 0 ? [] : [valueTable(rows, paint)]),
    ...(totals === undefined ? [] : formatTotals(totals, paint)),
    ...(notices.length === 0 ? [] : [notices.map((notice) => `${paint.yellow('!')} ${notice}`).join('\n')]),
  ].join('\n\n');
}

function headLine({ table, changedParts, asOf }: ModelDiff, paint: Paint): string {
  const what =
    changedParts.length === 0 ? 'its definition is that of its last success' : `${changedParts.join(', ')} changed`;
  return `${paint.bold(table)}: ${what}${asOf === undefined ? '' : `; as of ${asOf}`}`;
}

function factLines(diff: ModelDiff, paint: Paint): readonly string[] {
  const { aside, rowsBefore, rowsAfter, rows } = diff;
  const facts: readonly (readonly [string, string])[] = [
    ...(aside.length === 0 ? [] : [['with', `${aside.join(', ')}, computed aside too`] as const]),
    ['rows', `${formatCount(rowsBefore)} published, ${formatCount(rowsAfter)} now`],
    ...(rows === undefined ? [] : rowFacts(rows, paint)),
    ...columnFacts(diff, paint),
  ];
  return facts.map(([name, text]) => `${paint.dim(name.padEnd(8))} ${text}`);
}

function rowFacts(rows: RowDifferences, paint: Paint): readonly (readonly [string, string])[] {
  const { added, removed, changed, same, addedKeys, removedKeys } = rows;
  if (added + removed + changed === 0) return [['', `all ${formatCount(same)} are the same`]];
  const example = (keys: readonly Cells[]) =>
    keys.length === 0 ? '' : paint.dim(`, e.g. ${keys.map(keyText).join('; ')}`);
  return [
    ...(added === 0 ? [] : [['', paint.green(`+ ${formatRows(added)} added`) + example(addedKeys)] as const]),
    ...(removed === 0 ? [] : [['', paint.red(`- ${formatRows(removed)} removed`) + example(removedKeys)] as const]),
    ...(changed === 0 ? [] : [['', paint.yellow(`~ ${formatRows(changed)} changed`)] as const]),
    ['', `= ${formatRows(same)} the same`],
  ];
}

function columnFacts({ columns }: ModelDiff, paint: Paint): readonly (readonly [string, string])[] {
  const { added, removed, retyped } = columns;
  const texts = [
    ...(added.length === 0 ? [] : [paint.green(`+ ${added.join(', ')}`)]),
    ...(removed.length === 0 ? [] : [paint.red(`- ${removed.join(', ')}`)]),
    ...retyped.map(({ name, before, after }) => paint.yellow(`~ ${name}: ${before} becomes ${after}`)),
  ];
  return texts.map((text, index) => [index === 0 ? 'columns' : '', text] as const);
}

function valueTable({ values, changed, same }: RowDifferences, paint: Paint): string {
  return formatTable(
    [
      { title: 'column', align: 'left' },
      { title: 'differs in', align: 'right' },
      { title: 'of rows', align: 'right' },
      { title: 'for example', align: 'left' },
    ],
    values.map((value) => [
      value.column,
      formatCount(value.rows),
      percent(value.rows, changed + same),
      exampleText(value),
    ]),
    paint,
  );
}

/** A share is never shown as none or as all unless it is. */
function percent(part: number, whole: number): string {
  const exact = (100 * part) / whole;
  if (part === whole) return '100 %';
  return exact < 0.1 ? '<0.1 %' : `${Math.min(exact, 99.9).toFixed(1)} %`;
}

function exampleText({ examples }: ValueDifferences): string {
  return examples
    .map(({ key, before, after }) => `${keyText(key)}: ${cellText(before)} → ${cellText(after)}`)
    .join('; ');
}

function keyText(key: Cells): string {
  return Object.entries(key)
    .map(([name, cell]) => `${name}=${cellText(cell)}`)
    .join(' ');
}

const longestCell = 24;

function cellText(cell: Cell): string {
  if (cell === null) return 'NULL';
  const text = cell instanceof Uint8Array ? `0x${Buffer.from(cell).toString('hex')}` : String(cell);
  const line = text.replace(/\s*\n\s*/g, ' ');
  return line.length <= longestCell ? line : `${line.slice(0, longestCell - 1)}…`;
}
