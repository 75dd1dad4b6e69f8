/** What data tests found: a line each, then a few of the failing rows. */
import type { Column, ResultRow } from '../engines/types.js';
import type { PublishedTestResult } from '../run/test-published.js';
import { formatCount, formatRows, plural } from './format.js';
import type { Paint } from './paint.js';
import { formatResult, plainRow } from './rows.js';
import { formatTable } from './table.js';

export function formatTests(results: readonly PublishedTestResult[], width: number, paint: Paint): string {
  const table = formatTable(
    [
      { title: 'table', align: 'left' },
      { title: 'test', align: 'left' },
      { title: 'rows found', align: 'right' },
      { title: 'result', align: 'left' },
    ],
    results.map((result) => [
      result.table,
      result.test,
      result.status === 'skipped' ? '' : formatCount(result.rowsFailed),
      painted(result, paint),
    ]),
    paint,
  );
  const samples = results.filter(({ sample }) => sample.length > 0).map((result) => sampleOf(result, width, paint));
  return [table, ...samples].join('\n\n');
}

/** A few failing rows under the name of their test. */
export function formatSample(sample: readonly ResultRow[], width: number, paint: Paint): string {
  return formatResult(columnsOf(sample), sample, width, paint);
}

/** `5 tests: 3 passed, 1 warned, 1 failed` */
export function countsOf(results: readonly PublishedTestResult[]): string {
  const statuses = ['passed', 'warned', 'failed', 'skipped'] as const;
  const counts = statuses.map(
    (status) => [status, results.filter((result) => result.status === status).length] as const,
  );
  const parts = counts.filter(([, count]) => count > 0).map(([status, count]) => `${formatCount(count)} ${status}`);
  return [plural(results.length, 'test'), parts.join(', ')].filter((part) => part !== '').join(': ');
}

/** For JSON. */
export function plainResult(result: PublishedTestResult): PublishedTestResult {
  return { ...result, sample: result.sample.map(plainRow) };
}

function sampleOf(result: PublishedTestResult, width: number, paint: Paint): string {
  const { table, test, rowsFailed, sample } = result;
  const shown = sample.length < rowsFailed ? `, the first ${sample.length}` : '';
  const head = `${table}: ${test}: ${formatRows(rowsFailed)}${shown}`;
  const colour = result.status === 'failed' ? paint.red : paint.yellow;
  return `${colour(head)}\n${formatSample(sample, width, paint)}`;
}

function painted({ status, reason }: PublishedTestResult, paint: Paint): string {
  const text = reason === undefined ? status : `${status}: ${reason}`;
  if (status === 'failed') return paint.red(text);
  return status === 'passed' ? paint.green(text) : paint.yellow(text);
}

/** As the rows have them: numbers stand right. */
function columnsOf(rows: readonly ResultRow[]): readonly Column[] {
  return Object.entries(rows[0] ?? {}).map(([name, cell]) => ({
    name,
    type: typeof cell === 'number' || typeof cell === 'bigint' ? { kind: 'double' } : { kind: 'text' },
    nullable: true,
  }));
}
