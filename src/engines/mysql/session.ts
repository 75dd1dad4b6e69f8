/** One connection to the warehouse: it executes, and writes no SQL of its own beyond transactions. */

import type { Knex } from 'knex';
import type { FieldPacket } from 'mysql2';
import { EtlError } from '../../errors.js';
import type { CopyableTable, LoadResult, OpenSettings, Publication, RelationKind, Session } from '../contract.js';
import type { Cell, Column, Parameter, ResultRow, RowBatch } from '../types.js';
import { cancelStatement } from './cancel.js';
import { columnComments, findRelations, relationNames } from './catalog.js';
import { type Connection, closeConnection, identityOf, runStatement, type StatementResult } from './connect.js';
import { copyTable } from './copy.js';
import { asCommented } from './dialect.js';
import { classify, errorNumber } from './errors.js';
import { quoteName } from './literals.js';
import { loadWorkTable } from './load.js';
import type { MysqlOptions } from './options.js';
import { publish, recordPublication } from './publish.js';
import { RowReads } from './row-reads.js';
import { untilAnswered } from './silence.js';
import { columnFromField } from './types.js';

export interface SessionParts {
  readonly connection: Connection;
  readonly options: MysqlOptions;
  readonly settings: OpenSettings;
  readonly knex: Knex;
  readonly onClose: (connectionId: string) => void;
}

export class MysqlSession implements Session {
  readonly #parts: SessionParts;
  readonly #rowReads: RowReads;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#rowReads = new RowReads(parts);
  }

  get connectionId(): string {
    return identityOf(this.#parts.connection).connectionId;
  }

  /** Of an upsert the server counts 2 for a row that it updated. */
  async execute(sql: string, parameters?: readonly Parameter[]): Promise<number> {
    return (await this.#run(sql, parameters)).affectedRows;
  }

  async query(sql: string, parameters?: readonly Parameter[]): Promise<readonly ResultRow[]> {
    const { rows, fields } = await this.#run(sql, parameters);
    return exactRows(rows, fields);
  }

  async begin(): Promise<void> {
    await this.#run('start transaction');
  }

  /** An error that leaves open whether the data was committed is not retryable as it is: the same work must not be done twice. */
  async commit(): Promise<void> {
    try {
      await this.#run('commit');
    } catch (thrown) {
      const error = classify(thrown);
      if (!['CONNECTION_LOST', 'TIMEOUT', 'CANCELLED'].includes(error.code)) throw error;
      throw new EtlError('COMMIT_UNKNOWN', `whether the commit passed is not known: ${error.message}`, {
        cause: error,
        hint: 'run again: the journal knows, and nothing is lost or doubled',
      });
    }
  }

  async rollback(): Promise<void> {
    try {
      await this.#run('rollback');
    } catch (error) {
      // A server that has lost the connection has rolled back already.
      if (!(error instanceof EtlError) || error.code !== 'CONNECTION_LOST') throw error;
    }
  }

  relations(): Promise<ReadonlySet<string>> {
    return relationNames(this.#parts.knex);
  }

  async columns(
    name: string,
  ): Promise<{ readonly kind: RelationKind; readonly columns: readonly Column[] } | undefined> {
    const relation = (await findRelations(this.#parts.knex, [name])).get(name);
    if (relation === undefined) return undefined;
    const [columns, comments] = [
      await this.describe(`select * from ${quoteName(name)}`).catch(unlessInvalidView),
      await columnComments(this.#parts.knex, name),
    ];
    const commented = (column: Column): Column => asCommented(column, comments.get(column.name) ?? '');
    return { kind: relation.kind, columns: columns.map(commented) };
  }

  /** Prepares the statement and looks at what the server says of it: nothing is run and nothing made. */
  describe(select: string): Promise<readonly Column[]> {
    const { connection } = this.#parts;
    return untilAnswered(connection, (done, failed) => {
      connection.prepare(select, (error, statement) => {
        if (error) return failed(classify(error, { sql: select }));
        const { columns } = statement as unknown as { readonly columns: readonly FieldPacket[] };
        // The driver would answer the next time from its memory, whatever has become of the tables.
        connection.unprepare(select);
        done(columns.map(describedColumn));
      });
    });
  }

  async load(
    name: string,
    columns: readonly Column[],
    batches: AsyncIterable<RowBatch>,
    uniqueKey?: readonly string[],
  ): Promise<LoadResult> {
    const { connection } = this.#parts;
    const [server] = await this.query('select @@local_infile as files, @@max_allowed_packet as bytes');
    const localInfile = Number(server?.files) === 1;
    const target = { connection, localInfile, maxPacketBytes: Number(server?.bytes) };
    return loadWorkTable(target, name, columns, batches, uniqueKey);
  }

  read(select: string, columns: readonly Column[]): AsyncGenerator<RowBatch> {
    return this.#rowReads.read(select, columns);
  }

  copy(
    name: string,
    columns: readonly Column[],
    table: CopyableTable,
    onCopied: (rows: number, bytes: number) => void,
  ): Promise<LoadResult | undefined> {
    return copyTable(this, name, columns, table, onCopied);
  }

  async loadAttached(): Promise<LoadResult> {
    throw new EtlError('UNSUPPORTED', 'a MySQL warehouse cannot attach a database file');
  }

  recordPublication(publication: Publication): Promise<void> {
    return recordPublication(this, publication);
  }

  publish(publication: Publication): Promise<void> {
    return publish(this, this.#parts.knex, publication);
  }

  async cancel(): Promise<void> {
    const { connection, options, settings } = this.#parts;
    if (!(await this.#rowReads.cancel())) await cancelStatement(connection, options, settings);
  }

  async close(): Promise<void> {
    await closeConnection(this.#parts.connection);
    this.#parts.onClose(this.connectionId);
  }

  async #run(sql: string, parameters?: readonly Parameter[]): Promise<StatementResult> {
    let late = false;
    // MySQL bounds only reads by itself.
    const timer = setTimeout(
      () => {
        late = true;
        void this.cancel();
      },
      Math.min(this.#parts.settings.timeoutMs, longestTimerMs),
    );
    try {
      return await runStatement(this.#parts.connection, sql, parameters);
    } catch (thrown) {
      const error = classify(thrown);
      throw late && error.code === 'CANCELLED' ? this.#timedOut(error) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #timedOut(error: EtlError): EtlError {
    const { timeoutMs } = this.#parts.settings;
    return new EtlError('TIMEOUT', `a statement took longer than ${Math.round(timeoutMs / 1000)} s`, {
      cause: error,
      sql: error.sql,
      hint: 'raise `run.timeout`, or look at the statement with EXPLAIN',
    });
  }
}

/** A longer timer fires at once. */
const longestTimerMs = 2 ** 31 - 1;

const types = { TINY: 1, NULL: 6, LONGLONG: 8 } as const;

function describedColumn(field: FieldPacket): Column {
  const column = columnFromField(field, { booleans: true });
  if (field.columnType === types.NULL) return { ...column, type: { kind: 'text' } };
  // A condition on MySQL. On MariaDB one is an INT of one digit, and so is the number of a quarter: it stays a number.
  const isCondition = field.columnType === types.LONGLONG && field.columnLength === 1;
  return isCondition ? { ...column, type: { kind: 'boolean' } } : column;
}

/** A view over something that is gone has no columns, but it is there. */
function unlessInvalidView(error: unknown): readonly Column[] {
  if (error instanceof EtlError && errorNumber(error) === 1356) return [];
  throw error;
}

/** 64-bit integers arrive as digits, stored booleans as 1 and 0. */
function exactRows(rows: readonly ResultRow[], fields: readonly FieldPacket[]): readonly ResultRow[] {
  const read: [string, (cell: Cell) => Cell][] = fields.flatMap((field): [string, (cell: Cell) => Cell][] => {
    if (field.columnType === types.LONGLONG) return [[field.name, exactInteger]];
    return field.columnType === types.TINY && field.columnLength === 1 ? [[field.name, truth]] : [];
  });
  if (read.length === 0) return rows;
  return rows.map((row) => {
    const exact = { ...row };
    for (const [name, convert] of read) exact[name] = convert(row[name] ?? null);
    return exact;
  });
}

function exactInteger(cell: Cell): Cell {
  if (typeof cell !== 'string') return cell;
  const number = Number(cell);
  return Number.isSafeInteger(number) ? number : BigInt(cell);
}

function truth(cell: Cell): Cell {
  return cell === 0 || cell === 1 ? cell === 1 : cell;
}
