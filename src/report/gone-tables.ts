/** Tables whose definitions are gone, a line each. */
import { epochMsOf } from '../journal/time.js';
import type { GoneTable } from '../run/gone-tables.js';
import { formatCount, formatDuration } from './format.js';
import type { Paint } from './paint.js';
import { formatTable } from './table.js';

/** `now` in milliseconds since 1970. */
export function formatGoneTables(tables: readonly GoneTable[], now: number, paint: Paint): string {
  const rows = tables.map(({ table, kind, rows: count, lastSuccess }) => [
    table,
    kind ?? 'not there any more',
    kind === 'table' ? formatCount(count) : '',
    lastSuccess === undefined
      ? 'longer ago than the journal goes'
      : `${formatDuration(now - epochMsOf(lastSuccess.at))} ago`,
  ]);
  return formatTable(
    [
      { title: 'table', align: 'left' },
      { title: 'is a', align: 'left' },
      { title: 'rows', align: 'right' },
      { title: 'last written or looked at', align: 'left' },
    ],
    rows,
    paint,
  );
}
