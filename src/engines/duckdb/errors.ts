/** Errors of DuckDB as EtlErrors, and where in a statement they point. Instances are opened with `errors_as_json`. */
import { type ErrorCode, EtlError } from '../../errors.js';
import type { SqlErrorPosition } from '../contract.js';

interface Details {
  /** `Binder`, `Catalog`, `IO`, ...; empty where the error is not DuckDB's. */
  readonly type: string;
  readonly message: string;
  /** Offset in the statement, in UTF-8 bytes; in characters where the parser refused it. */
  readonly position: number | undefined;
  readonly name: string | undefined;
  /** What there is none of by that name. */
  readonly unknown: SqlErrorPosition['unknown'];
}

interface Kind {
  readonly code: ErrorCode;
  readonly retryable?: boolean;
  readonly hint?: string;
}

const full: Kind = {
  code: 'DISK_FULL',
  hint: 'make room on the disk of the warehouse, which also holds its `.wal` and what is spilled to `.tmp`, and run again',
};

/** The first that matches `Type: message` counts; anything else is `DATABASE`. */
const kinds: readonly (readonly [RegExp, Kind])[] = [
  [/^INTERRUPT:/i, { code: 'CANCELLED' }],
  [/No space left|quota exceeded|File too large|max_temp_directory_size|disk is full/i, full],
  [/^Out of Memory:/, { code: 'TOO_LARGE', hint: 'raise `memory_limit` of the connection, or lower its `threads`' }],
  [/Could not set lock on file/, { code: 'WAREHOUSE_LOCKED' }],
  [/^Transaction\w*:.*conflict/i, { code: 'DEADLOCK', retryable: true }],
  [/^Constraint:.*duplicate key/i, { code: 'DUPLICATE_KEY' }],
  [/^Permission:|Permission denied/, { code: 'PRIVILEGE' }],
  [/^IO:/, { code: 'IO' }],
];

/** Any error of the driver as an EtlError, the driver's own kept as `cause`; `sql` is the statement it refused. */
export function classify(error: unknown, sql?: string): EtlError {
  if (error instanceof EtlError) return error;
  const { type, message } = details(error);
  const kind = kinds.find(([pattern]) => pattern.test(`${type}: ${message}`))?.[1] ?? { code: 'DATABASE' as const };
  const [first = '', ...rest] = message.split('\n').filter((line) => line.trim() !== '');
  return new EtlError(kind.code, first, {
    cause: error,
    hint: kind.hint ?? hintOf(rest),
    retryable: kind.retryable ?? false,
    sql,
  });
}

/** What DuckDB says below its first line, in our words where it lists names. */
function hintOf(lines: readonly string[]): string | undefined {
  const text = lines.map((line) => line.trim()).join(' ');
  // Each of a function's dozens of forms is a line.
  if (text === '' || text.includes('Candidate functions:')) return undefined;
  const [, listed] = /^Candidate (?:bindings|tables): (?:: )?(.*)$/.exec(text) ?? [];
  if (listed === undefined) return text.replace(/^Did you mean "(.*)"\?$/, "did you mean '$1'?");
  const [first, ...others] = listed.replaceAll('"', "'").split(', ');
  return others.length === 0 ? `did you mean ${first}?` : `did you mean one of ${[first, ...others].join(', ')}?`;
}

/** The error of a file beside the database's own: IO or DISK_FULL. */
export function classifyIo(thrown: unknown): EtlError {
  if (thrown instanceof EtlError) return thrown;
  const { code = '', message } = thrown as NodeJS.ErrnoException;
  if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)) return new EtlError('IO', message, { cause: thrown });
  return new EtlError(full.code, message, { cause: thrown, hint: full.hint });
}

/** True where the file must be opened again before anything else can be done: what is on disk is right, what is in memory is not. */
export function isFatal(error: EtlError): boolean {
  return details(error.cause).type === 'FATAL';
}

/** Where a refused statement is wrong; undefined where the message does not tell. */
export function sqlErrorPosition(error: EtlError): SqlErrorPosition | undefined {
  const { type, position: offset, name, unknown } = details(error.cause);
  const sql = error.sql ?? '';
  const position =
    offset === undefined ? undefined : utf16Offset(sql, offset, type === 'Parser' ? 'characters' : 'bytes');
  // An error inside of a view that the statement reads has its position in the view's text.
  const stray = position === undefined || (name !== undefined && !namedAt(sql, position).includes(name.toLowerCase()));
  if (stray && name === undefined) return undefined;
  return {
    ...(stray ? {} : { position }),
    ...(name === undefined ? {} : { name }),
    ...(unknown === undefined ? {} : { unknown }),
  };
}

/** The name, with those before its dots, that starts at a position. */
function namedAt(sql: string, position: number): string {
  const found = /^(?:[\w.]|"[^"]*")+/.exec(sql.slice(position));
  return (found?.[0] ?? '').toLowerCase();
}

function utf16Offset(sql: string, offset: number, unit: 'bytes' | 'characters'): number | undefined {
  if (unit === 'characters') return Array.from(sql).slice(0, offset).join('').length;
  const bytes = Buffer.from(sql);
  return offset <= bytes.length ? bytes.toString('utf8', 0, offset).length : undefined;
}

function details(error: unknown): Details {
  const text = error instanceof Error ? error.message : String(error);
  const json = parseJson(text.slice(Math.max(text.indexOf('{'), 0)));
  if (typeof json?.exception_type === 'string') {
    // Said without details of its own, unlike other unknown columns.
    const ofTable = /does not have a column named "([^"]+)"/.exec(String(json.exception_message))?.[1];
    return {
      type: json.exception_type,
      message: String(json.exception_message),
      position: typeof json.position === 'string' ? Number(json.position) : undefined,
      name: typeof json.name === 'string' ? json.name : ofTable,
      unknown: ofTable === undefined ? unknownOf(json) : 'column',
    };
  }
  const plain = /^([\w ]+) Error: ([\s\S]*)$/.exec(text);
  return {
    type: plain?.[1] ?? '',
    message: plain?.[2] ?? text,
    position: undefined,
    name: undefined,
    unknown: undefined,
  };
}

function unknownOf({ error_subtype: subtype, type }: Readonly<Record<string, unknown>>): Details['unknown'] {
  if (subtype === 'COLUMN_NOT_FOUND') return 'column';
  return subtype === 'MISSING_ENTRY' && type === 'Table' ? 'table' : undefined;
}

function parseJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
