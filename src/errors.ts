/** The one error class of chat-etl, with a closed list of codes. */

/** Every way the program can fail; a code never changes its meaning, since logs, tests and alerts match on it. */
export type ErrorCode =
  | 'USAGE' // flags or arguments make no sense together
  | 'DEFINITION' // a mistake in YAML or SQL files; `problems` lists all of them
  | 'MODEL_SQL' // the database refused the SQL of a model
  | 'TEST_FAILED' // a blocking data test found rows
  | 'DUPLICATE_KEY' // a declared key holds a value twice
  | 'SCHEMA_CHANGE' // a table's columns changed in a way that needs a full refresh
  | 'APPEND_ONLY' // an append-only source was updated or deleted from
  | 'SOURCE_REGRESSED' // the source went back in time, or has lost most of its rows
  | 'SOURCE_DATA' // the source holds a value a stated policy refuses
  | 'SOURCE_BUSY' // the source was above the limits of its `throttle` for too long
  | 'QUIET_HOURS' // a source has quiet hours now
  | 'CONNECTION' // a database cannot be reached or refused the login
  | 'CONNECTION_LOST' // a database went away in the middle of work
  | 'COMMIT_UNKNOWN' // the warehouse went away at the commit and could not be asked afterwards whether it passed
  | 'PRIVILEGE' // the login lacks a privilege
  | 'UNSUPPORTED' // this server or engine cannot do that
  | 'WAREHOUSE_LOCKED' // another run holds the warehouse
  | 'LEASE_LOST' // our own lease was taken over
  | 'DEADLOCK' // the database chose us as a victim; a retry may pass
  | 'LOCK_TIMEOUT' // waiting for a lock took too long; a retry may pass
  | 'TOO_LARGE' // a row, packet or transaction is above a server's limit
  | 'DISK_FULL'
  | 'TIMEOUT'
  | 'CANCELLED'
  | 'DATABASE' // any other error of a database
  | 'IO' // a file cannot be read or written
  | 'INTERNAL'; // a defect of chat-etl itself

/** A place in a user's file; lines and columns count from 1. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  /** True where the place is the first occurrence of a name and not a position the server gave. */
  readonly about?: boolean;
}

/** One mistake in a definition; `validate` reports all of them at once. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly where?: Place;
  /** The text of the line at `where`, for the report. */
  readonly sourceLine?: string;
  /** The line of the rendered SQL that the database complains about. */
  readonly sqlLine?: string | undefined;
  readonly hint?: string;
}

export interface EtlErrorOptions {
  readonly cause?: unknown;
  readonly where?: Place | undefined;
  readonly hint?: string | undefined;
  /** True where the same work may succeed when tried again. */
  readonly retryable?: boolean;
  /** The rendered SQL that failed, shown beside the template's line. */
  readonly sql?: string | undefined;
  /** The line of `sql` that is wrong, from 1. */
  readonly sqlLine?: number | undefined;
  /** The step (source or model) that was running. */
  readonly step?: string | undefined;
  readonly problems?: readonly Problem[];
}

/** Thrown by every part of chat-etl; `cause` keeps the driver's own error. */
export class EtlError extends Error {
  override readonly name = 'EtlError';
  readonly code: ErrorCode;
  readonly where: Place | undefined;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly sql: string | undefined;
  readonly sqlLine: number | undefined;
  readonly step: string | undefined;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, options: EtlErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.where = options.where;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.sql = options.sql;
    this.sqlLine = options.sqlLine;
    this.step = options.step;
    this.problems = options.problems ?? [];
  }
}

/** The same error with details filled in that the thrower could not know; what is already there stays. */
export function withDetails(error: EtlError, details: EtlErrorOptions): EtlError {
  return new EtlError(error.code, error.message, {
    cause: error.cause,
    where: error.where ?? details.where,
    hint: error.hint ?? details.hint,
    retryable: error.retryable,
    sql: error.sql ?? details.sql,
    sqlLine: error.sqlLine ?? details.sqlLine,
    step: error.step ?? details.step,
    problems: error.problems,
  });
}

/** Any thrown value as an EtlError; what is not one yet becomes `INTERNAL` with the value as its cause. */
export function toEtlError(thrown: unknown): EtlError {
  if (thrown instanceof EtlError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new EtlError('INTERNAL', message, { cause: thrown });
}

/** `path:line:column`, as every report prints a place. */
export function formatPlace(place: Place): string {
  return `${place.path}:${place.line}:${place.column}${place.about === true ? ' (about)' : ''}`;
}
