/** A source as the YAML says it, with its defaults. */
import { parseDurationMs } from '../config/duration.js';
import { choiceOf, namesOf, objectOf, textOf, wholeNumberOf } from '../config/raw.js';
import type { CursorDefinition, SourceColumns } from '../engines/contract.js';
import type { RawStep } from './parse.js';
import { parseTests } from './parse-tests.js';
import type { Deletes, Incremental, Retention, Source } from './types.js';

export const stagingPrefix = 'stg_';

/** What is absent or wrong takes its default; the schema has reported it already. */
export function parseSource(step: RawStep): Source {
  const { name, pipeline, raw } = step;
  return {
    kind: 'source',
    name,
    table: stagingPrefix + name,
    pipeline,
    description: textOf(raw.description),
    connection: textOf(raw.connection),
    from: typeof raw.query === 'string' ? { query: raw.query } : { table: textOf(raw.table) ?? name },
    columns: parseColumns(raw.columns),
    key: namesOf(raw.key),
    incremental: raw.incremental === undefined ? undefined : parseIncremental(step),
    deletes: parseDeletes(raw.deletes),
    deletedRows: choiceOf(raw.deleted_rows, ['remove', 'keep']),
    erase: raw.erase === undefined ? undefined : namesOf(raw.erase),
    retention: parseRetention(raw.retention),
    appendOnly: raw.append_only === true,
    mayShrink: raw.may_shrink === true,
    zeroDates: choiceOf(raw.zero_dates, ['null', 'error']),
    tests: parseTests(step),
    tags: namesOf(raw.tags),
    where: step.keyAt(),
  };
}

function parseColumns(value: unknown): SourceColumns {
  const raw = objectOf(value);
  return {
    include: raw.include === undefined ? undefined : namesOf(raw.include),
    exclude: namesOf(raw.exclude),
    rename: textsOf(raw.rename),
    add: textsOf(raw.add),
  };
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(objectOf(value));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function parseIncremental(step: RawStep): Incremental {
  const raw = objectOf(step.raw.incremental);
  const cursor = parseCursor(raw.cursor);
  const lookback = wholeNumberOf(raw.lookback) ?? parseDurationMs(textOf(raw.lookback) ?? '') ?? 0;
  const nullCursor = choiceOf(raw.null_cursor, ['include', 'skip', 'error']);
  return { cursor, lookback, nullCursor, where: step.keyAt('incremental') };
}

function parseCursor(value: unknown): CursorDefinition {
  const raw = objectOf(value);
  return {
    column: textOf(value) ?? textOf(raw.column) ?? '',
    unit: choiceOf(raw.unit, ['timestamp', 's', 'ms', 'us', 'id']),
    timezone: textOf(raw.timezone) ?? 'UTC',
  };
}

const defaultDetectEveryMs = 6 * 3_600_000;

function parseDeletes(value: unknown): Deletes {
  const { soft_column: softColumn, detect } = objectOf(value);
  const column = textOf(softColumn);
  const detects = value === 'detect' || detect !== undefined;
  const detectEveryMs = parseDurationMs(textOf(objectOf(detect).every) ?? '') ?? defaultDetectEveryMs;
  if (column !== undefined) return { policy: 'soft_column', column, ...(detects ? { detectEveryMs } : {}) };
  return detects ? { policy: 'detect', detectEveryMs } : { policy: 'ignore' };
}

function parseRetention(value: unknown): Retention | undefined {
  const { column, after } = objectOf(value);
  const name = textOf(column);
  const afterMs = parseDurationMs(textOf(after) ?? '');
  return name === undefined || afterMs === undefined ? undefined : { column: name, afterMs };
}
