/** The journal's tables as data. They live beside the published tables in the warehouse. */
import type { Dialect, Session } from '../engines/contract.js';
import type { Column, ColumnType } from '../engines/types.js';
import { EtlError, toEtlError } from '../errors.js';
import { optionalInteger } from './cells.js';

export interface JournalTable {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Empty where rows need no key. */
  readonly key: readonly string[];
}

/** The version of the tables below; raised with each entry of `migrations.ts`. */
export const journalVersion = 7;

const bigint: ColumnType = { kind: 'integer', bits: 64, unsigned: false };
const integer: ColumnType = { kind: 'integer', bits: 32, unsigned: false };
const timestamp: ColumnType = { kind: 'timestamp' };
const longText: ColumnType = { kind: 'text' };
const name: ColumnType = { kind: 'text', maxLength: 128 };

function needed(columnName: string, type: ColumnType): Column {
  return { name: columnName, type, nullable: false };
}

function optional(columnName: string, type: ColumnType): Column {
  return { name: columnName, type, nullable: true };
}

const rowCounts: readonly Column[] = [
  needed('rows_read', bigint),
  needed('rows_inserted', bigint),
  needed('rows_updated', bigint),
  needed('rows_deleted', bigint),
  needed('rows_unchanged', bigint),
  needed('bytes', bigint),
];

const errorColumns: readonly Column[] = [
  optional('error_code', name),
  optional('error_text', longText),
  optional('error_place', longText),
];

/** One row a version of the journal that was applied. */
export const metaTable: JournalTable = {
  name: 'etl_meta',
  columns: [needed('version', integer), needed('applied_at', timestamp), needed('description', longText)],
  key: ['version'],
};

/** `--select` and `--exclude` of a run. */
export const selectionColumn = optional('selection', longText);

/** What else a run was asked for, and which steps it was to take, as JSON: see `RunFlags`. */
export const flagsColumn = optional('flags', longText);

/** One row a run. */
export const runTable: JournalTable = {
  name: 'etl_run_log',
  columns: [
    needed('run_id', name),
    needed('batch', bigint),
    needed('status', name),
    needed('triggered_by', name),
    needed('pipelines', longText),
    needed('started_at', timestamp),
    optional('ended_at', timestamp),
    optional('duration_ms', bigint),
    ...rowCounts,
    needed('attempt', integer),
    ...errorColumns,
    needed('host', name),
    needed('pid', bigint),
    needed('tool_version', name),
    needed('definitions_hash', name),
    selectionColumn,
    flagsColumn,
  ],
  key: ['run_id'],
};

/** One row a step of a run. */
export const stepTable: JournalTable = {
  name: 'etl_step_log',
  columns: [
    needed('run_id', name),
    needed('step', name),
    needed('batch', bigint),
    needed('kind', name),
    needed('pipeline', name),
    needed('action', name),
    needed('status', name),
    needed('reasons', longText),
    needed('started_at', timestamp),
    needed('ended_at', timestamp),
    needed('duration_ms', bigint),
    ...rowCounts,
    optional('cursor_from', longText),
    optional('cursor_to', longText),
    needed('attempt', integer),
    needed('warnings', longText),
    ...errorColumns,
  ],
  key: ['run_id', 'step'],
};

/** When the deletes of a source were last looked for. */
export const detectedAtColumn = optional('detected_at', timestamp);

/** Which table of its name was read. */
export const tableIdColumn = optional('table_id', longText);

/** One row a finished read of a source; never updated. */
export const watermarkTable: JournalTable = {
  name: 'etl_watermark',
  columns: [
    needed('source_table', name),
    needed('batch', bigint),
    optional('read_from', longText),
    optional('seen', longText),
    optional('safe', longText),
    needed('horizon', timestamp),
    needed('ended_at', timestamp),
    optional('held_by', longText),
    needed('server_id', longText),
    detectedAtColumn,
    tableIdColumn,
  ],
  key: ['source_table', 'batch'],
};

/** How far a model has consumed an upstream; never updated, the newest batch counts. */
export const positionTable: JournalTable = {
  name: 'etl_position',
  columns: [
    needed('model', name),
    needed('upstream', name),
    needed('batch', bigint),
    needed('consumed_batch', bigint),
    needed('fingerprint', name),
  ],
  key: ['model', 'upstream', 'batch'],
};

/** What a published table holds; never updated, the newest batch counts. */
export const tableStateTable: JournalTable = {
  name: 'etl_table_state',
  columns: [
    needed('table_name', name),
    needed('batch', bigint),
    needed('fingerprint', name),
    needed('rebuilt_batch', bigint),
    needed('changed_batch', bigint),
    optional('as_of', name),
    optional('log_since', bigint),
  ],
  key: ['table_name', 'batch'],
};

/** Data tests that found rows, with a few of them as JSON. */
export const testFailureTable: JournalTable = {
  name: 'etl_test_failures',
  columns: [
    needed('run_id', name),
    needed('step', name),
    needed('test', longText),
    needed('severity', name),
    needed('rows_failed', bigint),
    needed('sample', longText),
  ],
  key: [],
};

/** Of a `change` test: what the next run compares with. */
export const testValueColumn: Column = { name: 'value', type: { kind: 'double' }, nullable: true };

/** What a data test last found, by a hash of its definition; never updated, the newest batch counts. */
export const testResultTable: JournalTable = {
  name: 'etl_test_result',
  columns: [
    needed('step', name),
    needed('test', name),
    needed('batch', bigint),
    needed('rows_failed', bigint),
    testValueColumn,
  ],
  key: ['step', 'test', 'batch'],
};

/** Without `etl_meta`, whose row says that the others are there. */
export const tablesOfVersion1 = [
  runTable,
  stepTable,
  watermarkTable,
  positionTable,
  tableStateTable,
  testFailureTable,
] as const;

export const journalTables: readonly JournalTable[] = [metaTable, ...tablesOfVersion1, testResultTable];

/**
 * The version of the journal in this warehouse; undefined where there is none yet.
 * Errors: UNSUPPORTED where it is newer than this chat-etl.
 */
export async function journalVersionOf(session: Session, dialect: Dialect): Promise<number | undefined> {
  const sql = `select max(${dialect.identifier('version')}) as ${dialect.identifier('version')} from ${dialect.identifier(metaTable.name)}`;
  try {
    const [row] = await session.query(sql);
    const version = row === undefined ? 0 : (optionalInteger(row, 'version') ?? 0);
    if (version > journalVersion) throw newerJournal(version);
    return version;
  } catch (thrown) {
    if (toEtlError(thrown).code === 'UNSUPPORTED') throw thrown;
    // Asked only after a failure, so that the usual start costs one query.
    if ((await session.columns(metaTable.name)) === undefined) return undefined;
    throw thrown;
  }
}

function newerJournal(version: number): EtlError {
  return new EtlError(
    'UNSUPPORTED',
    `the warehouse's journal has version ${version}, this chat-etl knows versions up to ${journalVersion}`,
    { hint: 'a newer chat-etl has run here: use that one' },
  );
}
