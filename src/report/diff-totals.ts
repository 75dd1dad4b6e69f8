/** Totals before and after, with a bar for each day. */
import type { Measure, MeasureAt, Totals } from '../diff/types.js';
import { formatCount } from './format.js';
import type { Paint } from './paint.js';
import { formatTable } from './table.js';

const mostLines = 12;
const mostMeasures = 3;
const barWidth = 30;

/** A block for each measure, those that differ at most values first. */
export function formatTotals(totals: Totals, paint: Paint): readonly string[] {
  const measures = [...totals.measures].sort((a, b) => b.differing.length - a.differing.length);
  const others = measures.slice(mostMeasures).map(({ column }) => column ?? 'rows');
  return [
    ...measures.slice(0, mostMeasures).map((measure) => measureBlock(measure, totals.by, paint)),
    ...(others.length === 0 ? [] : [`Totals of ${others.join(', ')} differ too: --json has them`]),
    ...(totals.isCut ? [`Only the first values of ${totals.by} were summed up`] : []),
  ];
}

function measureBlock(measure: Measure, by: string, paint: Paint): string {
  const { column = 'rows', before, after, differing } = measure;
  const inAll = before === undefined || after === undefined ? '' : `: ${wholeText(before, after)}`;
  const title = `${paint.bold(column)} by ${by}${inAll}`;
  const lines = largest(differing);
  const bars = barsOf(lines, paint);
  const table = formatTable(
    [
      { title: by, align: 'left' },
      { title: 'before', align: 'right' },
      { title: 'after', align: 'right' },
      { title: '', align: 'left' },
    ],
    lines.map((line, index) => [line.at, numberText(line.before), numberText(line.after), bars[index] ?? '']),
    paint,
  );
  const hidden = differing.length - lines.length;
  const rest = hidden === 0 ? [] : [paint.dim(`and ${formatCount(hidden)} more that differ less; --json has all`)];
  return [title, table, ...rest].join('\n');
}

/** Those with the largest differences, in their own order. */
function largest(differing: readonly MeasureAt[]): readonly MeasureAt[] {
  if (differing.length <= mostLines) return differing;
  const size = ({ before = 0, after = 0 }: MeasureAt) => Math.abs(after - before);
  const shown = new Set([...differing].sort((a, b) => size(b) - size(a)).slice(0, mostLines));
  return differing.filter((line) => shown.has(line));
}

/** What stays is full, what goes is light, what comes is dark; none where there are sums below 0. */
function barsOf(lines: readonly MeasureAt[], paint: Paint): readonly string[] {
  const amounts = lines.flatMap(({ before = 0, after = 0 }) => [before, after]);
  const most = Math.max(...amounts);
  if (amounts.some((value) => value < 0) || most <= 0) return lines.map(() => '');
  return lines.map(({ before = 0, after = 0 }) => {
    const [from, to] = [before, after].map((value) => Math.round((value / most) * barWidth)) as [number, number];
    const kept = '█'.repeat(Math.min(from, to));
    return kept + (to > from ? paint.green('▓'.repeat(to - from)) : paint.red('░'.repeat(from - to)));
  });
}

function wholeText(before: number, after: number): string {
  return `${numberText(before)} → ${numberText(after)} in all${change(before, after)}`;
}

function change(before: number, after: number): string {
  if (before === 0 || before === after) return '';
  const percent = ((after - before) / Math.abs(before)) * 100;
  return ` (${percent > 0 ? '+' : ''}${percent.toFixed(1)} %)`;
}

/** Whole numbers with commas, others with six digits. */
function numberText(value: number | undefined): string {
  if (value === undefined) return '-';
  if (!Number.isInteger(value)) return String(Number(value.toPrecision(6)));
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
