/** How each table stands: its last success, its rows, and how far it is behind. */
import { formatCount, formatDuration } from './format.js';
import type { Paint } from './paint.js';
import { formatTable, type TableColumn } from './table.js';

export interface TableStatus {
  /** Table name: `stg_messages`, `fact_message`. */
  readonly table: string;
  readonly kind: 'source' | 'model';
  readonly pipeline: string;
  /** UTC, `YYYY-MM-DD HH:MM:SS.ffffff`; undefined where there was none yet. */
  readonly lastSuccess: string | undefined;
  readonly sinceSuccessMs: number | undefined;
  /** Undefined for views and for tables that are not there. */
  readonly rows: number | undefined;
  /** Two ticks of its schedule have gone by since its last success. */
  readonly overdue: boolean;
  /** Sources with a cursor alone. */
  readonly marks: SourceMarks | undefined;
}

export interface SourceMarks {
  readonly seen: string | undefined;
  readonly safe: string | undefined;
  /** What held the safe mark back at the last read. */
  readonly heldBy: string | undefined;
  readonly lag: SourceLag;
}

/** The source's largest cursor against `seen`. */
export type SourceLag =
  | { readonly kind: 'time'; readonly behindMs: number }
  | { readonly kind: 'ids'; readonly behind: number }
  | { readonly kind: 'unknown'; readonly why: string };

const sourceColumns: readonly TableColumn[] = [
  { title: 'source', align: 'left', maxWidth: 26 },
  { title: 'last success', align: 'left' },
  { title: 'rows', align: 'right' },
  { title: 'seen', align: 'left', maxWidth: 19 },
  { title: 'safe', align: 'left', maxWidth: 19 },
  { title: 'lag', align: 'left' },
];

const modelColumns: readonly TableColumn[] = [
  { title: 'model', align: 'left', maxWidth: 36 },
  { title: 'pipeline', align: 'left', maxWidth: 20 },
  { title: 'last success', align: 'left' },
  { title: 'rows', align: 'right' },
];

export function formatStatus(tables: readonly TableStatus[], paint: Paint): string {
  const sources = tables.filter(({ kind }) => kind === 'source');
  const models = tables.filter(({ kind }) => kind === 'model');
  const overdue = tables.filter((table) => table.overdue).length;
  return [
    ...(sources.length === 0
      ? []
      : [
          formatTable(
            sourceColumns,
            sources.map((it) => sourceCells(it, paint)),
            paint,
          ),
          '',
        ]),
    ...(models.length === 0
      ? []
      : [
          formatTable(
            modelColumns,
            models.map((it) => modelCells(it, paint)),
            paint,
          ),
          '',
        ]),
    ...notes(sources, paint),
    overdue === 0 ? paint.green('nothing is overdue') : paint.red(`${overdue} of ${tables.length} overdue`),
  ].join('\n');
}

function sourceCells(status: TableStatus, paint: Paint): readonly string[] {
  const { marks } = status;
  // Without the decimals: the exact marks are in `--json`.
  const seen = marks?.seen?.slice(0, 19) ?? '';
  const safe = marks?.safe?.slice(0, 19) ?? '';
  const sameMark = marks?.seen !== undefined && marks.seen === marks.safe;
  return [
    status.table,
    age(status, paint),
    rows(status),
    seen,
    sameMark ? 'same' : safe,
    marks === undefined ? '' : lag(marks),
  ];
}

function modelCells(status: TableStatus, paint: Paint): readonly string[] {
  return [status.table, status.pipeline, age(status, paint), rows(status)];
}

function age(status: TableStatus, paint: Paint): string {
  const text = status.sinceSuccessMs === undefined ? 'never' : `${formatDuration(status.sinceSuccessMs)} ago`;
  return status.overdue ? paint.red(`${text}, overdue`) : text;
}

function rows(status: TableStatus): string {
  return status.rows === undefined ? '' : formatCount(status.rows);
}

function lag(marks: SourceMarks): string {
  switch (marks.lag.kind) {
    case 'time':
      return marks.lag.behindMs <= 0 ? 'none' : formatDuration(marks.lag.behindMs);
    case 'ids':
      return marks.lag.behind <= 0 ? 'none' : `${formatCount(marks.lag.behind)} ids`;
    case 'unknown':
      return 'unknown';
  }
}

function notes(sources: readonly TableStatus[], paint: Paint): readonly string[] {
  return sources.flatMap(({ table, marks }) => [
    ...(marks?.heldBy === undefined ? [] : [paint.yellow(`! ${table}: the safe mark is held back by ${marks.heldBy}`)]),
    ...(marks?.lag.kind === 'unknown' ? [paint.yellow(`! ${table}: lag unknown: ${marks.lag.why}`)] : []),
  ]);
}
