/** What there is to know of a table, for people. */
import { epochMsOf } from '../journal/time.js';
import type { StepSuccess } from '../journal/types.js';
import { formatCount, formatDuration } from './format.js';
import type { Paint } from './paint.js';
import { formatTable } from './table.js';

export interface TableColumnFacts {
  readonly name: string;
  /** Undefined where the warehouse has no such column yet. */
  readonly type: string | undefined;
  readonly description: string | undefined;
}

export interface TableDescription {
  readonly table: string;
  readonly kind: 'source' | 'model';
  /** `source`, or the model's strategy. */
  readonly strategy: string;
  readonly pipeline: string;
  readonly description: string | undefined;
  readonly key: readonly string[];
  readonly tags: readonly string[];
  /** Tables; of a source what it is read from. */
  readonly reads: readonly string[];
  readonly readBy: readonly string[];
  /** Of a model: its SQL. */
  readonly file: string | undefined;
  readonly tests: readonly string[];
  readonly columns: readonly TableColumnFacts[];
  /** Of a published table. */
  readonly rows: number | undefined;
  readonly lastSuccess: StepSuccess | undefined;
}

/** `now` in milliseconds since 1970. */
export function formatDescription(description: TableDescription, now: number, paint: Paint): string {
  const { table, kind, strategy, pipeline, columns } = description;
  const what = kind === 'source' ? 'source' : `${strategy} model`;
  const text = description.description?.trim();
  return [
    `${paint.bold(table)}, ${what} of the pipeline ${pipeline}`,
    ...(text === undefined ? [] : [text]),
    '',
    ...factLines(description, now, paint),
    ...(columns.length === 0 ? [] : ['', columnTable(columns, paint)]),
  ].join('\n');
}

function factLines(description: TableDescription, now: number, paint: Paint): readonly string[] {
  const { key, tags, reads, readBy, file, tests, rows, lastSuccess } = description;
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ['last run', [lastSuccess === undefined ? 'never' : lastRun(lastSuccess, now)]],
    ['rows', rows === undefined ? [] : [formatCount(rows)]],
    ['key', key],
    ['reads', reads],
    ['read by', readBy],
    ['SQL', file === undefined ? [] : [file]],
    ['tags', tags],
  ];
  const listed = facts.flatMap(([name, values]) => (values.length === 0 ? [] : [[name, values.join(', ')] as const]));
  const ofTests = tests.map((test, index) => [index === 0 ? 'tests' : '', test] as const);
  return [...listed, ...ofTests].map(([name, value]) => `${paint.dim(name.padEnd(8))}  ${value}`);
}

function lastRun({ at, batch }: StepSuccess, now: number): string {
  return `${at.slice(0, 19)} UTC, ${formatDuration(Math.max(0, now - epochMsOf(at)))} ago, run ${batch}`;
}

function columnTable(columns: readonly TableColumnFacts[], paint: Paint): string {
  return formatTable(
    [
      { title: 'column', align: 'left' },
      { title: 'type', align: 'left' },
      { title: 'description', align: 'left', maxWidth: 100 },
    ],
    columns.map(({ name, type, description }) => [name, type ?? 'not there yet', description ?? '']),
    paint,
  );
}
