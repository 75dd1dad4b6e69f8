/** What `reconcile` found, as a table a source and a list of the rows that differ. */
import type { SkippedComparison } from '../plan/types.js';
import type { SourceComparison } from '../run/comparison.js';
import { formatCount, formatRows, plural } from './format.js';
import type { Paint } from './paint.js';
import { rowsDiffering } from './rows-differing.js';
import { formatTable, type TableColumn } from './table.js';

export interface Reconciliation {
  readonly comparisons: readonly SourceComparison[];
  readonly skipped: readonly SkippedComparison[];
  readonly isRepaired: boolean;
}

const sources: readonly TableColumn[] = [
  { title: 'source', align: 'left' },
  { title: 'rows', align: 'right' },
  { title: 'missing', align: 'right' },
  { title: 'stale', align: 'right' },
  { title: 'extra', align: 'right' },
  { title: 'ranges', align: 'left', maxWidth: 60 },
];

const differences: readonly TableColumn[] = [
  { title: 'source', align: 'left' },
  { title: 'key', align: 'left', maxWidth: 80 },
  { title: 'why', align: 'left' },
];

const meanings = { missing: 'missing in staging', extra: 'not in the source', stale: 'another content' } as const;

/** Longer lists are for `--json`. */
const longestList = 20;

export function formatReconciliation({ comparisons, skipped, isRepaired }: Reconciliation, paint: Paint): string {
  const rows = comparisons.map((one) => [
    one.source,
    formatCount(one.rowsCompared),
    formatCount(one.rowsMissing),
    formatCount(one.rowsStale),
    formatCount(one.rowsExtra),
    rowsDiffering(one) === 0 ? paint.dim('none differs') : rangesOf(one),
  ]);
  return [
    ...(rows.length === 0 ? [] : [formatTable(sources, rows, paint)]),
    ...listed(comparisons, paint),
    ...skipped.map(({ step, why }) => paint.yellow(`! ${step} is not compared: ${why}`)),
    ...comparisons.flatMap(({ source, rowsIgnored }) =>
      rowsIgnored === 0 ? [] : [`${source}: ${formatRows(rowsIgnored)} gone from the source stay (deletes: ignore)`],
    ),
    outcome(comparisons, isRepaired, paint),
  ].join('\n');
}

function rangesOf({ ranges }: SourceComparison): string {
  const shown = ranges.slice(0, 2).join(', ');
  return ranges.length > 2 ? `${shown} and ${formatCount(ranges.length - 2)} more` : shown;
}

function listed(comparisons: readonly SourceComparison[], paint: Paint): readonly string[] {
  const keys = comparisons.flatMap((one) => one.keys.map((row) => ({ ...row, source: one.source })));
  if (keys.length === 0) return [];
  const rows = keys.slice(0, longestList).map(({ source, key, why }) => [source, formatKey(key), meanings[why]]);
  const total = comparisons.reduce((sum, one) => sum + rowsDiffering(one), 0);
  const more = total - rows.length;
  return ['', formatTable(differences, rows, paint), ...(more > 0 ? [`and ${formatRows(more)} more`] : []), ''];
}

function formatKey(key: SourceComparison['keys'][number]['key']): string {
  return Object.entries(key)
    .map(([name, value]) => `${name} = ${String(value)}`)
    .join(', ');
}

function outcome(comparisons: readonly SourceComparison[], isRepaired: boolean, paint: Paint): string {
  const rows = comparisons.reduce((sum, one) => sum + rowsDiffering(one), 0);
  if (comparisons.length === 0) return 'nothing was compared';
  if (rows === 0) return paint.green(`${plural(comparisons.length, 'source')} compared: staging agrees`);
  if (isRepaired) return `${formatRows(rows)} repaired; the models follow with the next run`;
  const words = rows === 1 ? ['differs', 'it'] : ['differ', 'them'];
  return paint.red(`${formatRows(rows)} ${words[0]}; chat-etl reconcile --repair mends ${words[1]}`);
}
