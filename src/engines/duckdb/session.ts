/** One connection to the warehouse: it executes, and writes no SQL of its own beyond transactions. */
import { setTimeout as wait } from 'node:timers/promises';
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  type DuckDBMaterializedResult,
  type DuckDBType,
  HUGEINT,
  SQLNULL,
  VARCHAR,
} from '@duckdb/node-api';
import { EtlError } from '../../errors.js';
import type { Attachment, LoadResult, OpenSettings, RelationKind, Session } from '../contract.js';
import type { Cell, Column, Parameter, ResultRow, RowBatch } from '../types.js';
import type { AttachedFiles } from './attached-files.js';
import { Catalog } from './catalog.js';
import { classify, isFatal } from './errors.js';
import { loadWorkTable, loadWorkTableAs } from './load.js';
import type { LoadingThreads } from './loading-threads.js';
import { LongRows } from './long-rows.js';
import { cellReader, readRows } from './read-values.js';
import { columnType } from './types.js';

export interface SessionParts {
  readonly connection: DuckDBConnection;
  readonly settings: OpenSettings;
  /** Those of the warehouse; a source has none. */
  readonly attachedFiles?: AttachedFiles;
  /** What all sessions of the warehouse have loaded. */
  readonly longRows?: LongRows;
  readonly loadingThreads?: LoadingThreads;
  readonly onClose?: (session: DuckdbSession) => void;
}

export class DuckdbSession implements Session {
  readonly #parts: SessionParts;
  readonly #longRows: LongRows;
  readonly #catalog: Catalog;
  #running: Promise<unknown> | undefined;
  #closed = false;
  #isReady = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#longRows = parts.longRows ?? new LongRows();
    this.#catalog = new Catalog(parts.connection);
  }

  async execute(sql: string, parameters?: readonly Parameter[]): Promise<number> {
    if (this.#isUnready) await this.#readyForLongRows();
    return (await this.#run(sql, parameters)).rowsChanged;
  }

  /** Integers of any column are numbers where a number holds them exactly, else bigint; for the rest see `cellReader`. */
  async query(sql: string, parameters?: readonly Parameter[]): Promise<readonly ResultRow[]> {
    // Without a wait where there is none to be ready for: `cancel` finds the statement that was called before it.
    if (this.#isUnready) await this.#readyForLongRows();
    const result = await this.#run(sql, parameters);
    const names = result.columnNames();
    const readers = result.columnTypes().map(cellReader);
    const rows: ResultRow[] = [];
    for (const chunk of await result.fetchAllChunks()) {
      for (const cells of readRows(chunk, readers)) rows.push(toRow(names, cells));
    }
    return rows;
  }

  async begin(): Promise<void> {
    if (this.#isUnready) await this.#readyForLongRows();
    await this.#run('begin transaction');
    this.#catalog.begin();
  }

  /**
   * A commit may write all of the log into the file. Where that fails the database is closed, and only the file, opened
   * again, knows whether the commit passed.
   */
  async commit(): Promise<void> {
    this.#catalog.end();
    try {
      await this.#run('commit');
    } catch (thrown) {
      const error = classify(thrown);
      if (!isFatal(error)) throw error;
      throw new EtlError('COMMIT_UNKNOWN', `whether the commit passed is not known: ${error.message}`, {
        cause: error,
        hint: error.hint,
      });
    }
  }

  async rollback(): Promise<void> {
    this.#catalog.end();
    try {
      await this.#run('rollback');
    } catch (thrown) {
      if (!(thrown instanceof EtlError) || !thrown.message.includes('no transaction is active')) throw thrown;
    }
  }

  relations(): Promise<ReadonlySet<string>> {
    return this.#bounded(undefined, () => this.#catalog.names());
  }

  columns(name: string): Promise<{ readonly kind: RelationKind; readonly columns: readonly Column[] } | undefined> {
    return this.#bounded(undefined, () => this.#catalog.find(name));
  }

  /** Prepares the statement and looks at what DuckDB says of it; nothing is run. */
  describe(select: string): Promise<readonly Column[]> {
    return this.#bounded(select, async () => {
      const prepared = await this.#parts.connection.prepare(select);
      const columns = Array.from({ length: prepared.columnCount }, (_, index): Column => {
        const type = prepared.columnType(index);
        return { name: prepared.columnName(index), type: columnType(type.alias ?? String(type)), nullable: true };
      });
      prepared.destroySync();
      return columns;
    });
  }

  load(
    name: string,
    columns: readonly Column[],
    batches: AsyncIterable<RowBatch>,
    uniqueKey?: readonly string[],
  ): Promise<LoadResult> {
    const { connection, loadingThreads } = this.#parts;
    const weighed = this.#longRows.weighed(batches, (sql) => this.#run(sql));
    const load = (rows: AsyncIterable<RowBatch>) => loadWorkTable(connection, name, columns, rows, uniqueKey);
    return loadingThreads === undefined ? load(weighed) : loadingThreads.without(connection, weighed, load);
  }

  loadAttached(
    name: string,
    columns: readonly Column[],
    attachment: Attachment,
    select: (alias: string) => string,
  ): Promise<LoadResult> {
    return this.#bounded(undefined, async () => {
      const { connection, attachedFiles } = this.#parts;
      if (attachedFiles === undefined) throw new EtlError('INTERNAL', 'a source attaches no files');
      const alias = await attachedFiles.attach(connection, attachment);
      const loaded = await loadWorkTableAs(connection, name, columns, alias, select(alias));
      await this.#longRows.weigh(loaded, (sql) => connection.run(sql));
      return loaded;
    });
  }

  /** Nothing to do: tables and views are replaced inside of the transaction. */
  async recordPublication(): Promise<void> {}

  async publish(): Promise<void> {}

  async cancel(): Promise<void> {
    const running = this.#running;
    // A statement that has not quite begun forgets an interruption.
    while (running !== undefined && this.#running === running) {
      this.#parts.connection.interrupt();
      await Promise.race([running.catch(() => undefined), wait(interruptEveryMs)]);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.cancel();
    this.#parts.connection.closeSync();
    this.#parts.onClose?.(this);
  }

  /** From when any session has loaded long rows until this one is ready for them. */
  get #isUnready(): boolean {
    return !this.#isReady && this.#longRows.isSeen;
  }

  async #readyForLongRows(): Promise<void> {
    this.#isReady = true;
    await this.#longRows.prepare((sql) => this.#run(sql));
  }

  #run(sql: string, parameters: readonly Parameter[] = []): Promise<DuckDBMaterializedResult> {
    return this.#bounded(sql, () => {
      const { connection } = this.#parts;
      this.#catalog.executed(sql);
      return parameters.length === 0
        ? connection.run(sql)
        : connection.run(sql, parameters.map(exact), parameters.map(parameterType));
    });
  }

  /** Errors come classified; work that lasts longer than the settings allow is interrupted: TIMEOUT. */
  async #bounded<T>(sql: string | undefined, work: () => Promise<T>): Promise<T> {
    const { timeoutMs } = this.#parts.settings;
    let late = false;
    const timer = setTimeout(
      () => {
        late = true;
        void this.cancel();
      },
      Math.min(timeoutMs, longestTimerMs),
    );
    const running = work();
    this.#running = running;
    try {
      return await running;
    } catch (thrown) {
      const error = classify(thrown, sql);
      if (!late || error.code !== 'CANCELLED') throw error;
      throw new EtlError('TIMEOUT', `a statement took longer than ${Math.round(timeoutMs / 1000)} s`, {
        cause: error,
        sql,
        hint: 'raise `run.timeout`, or look at the statement with EXPLAIN',
      });
    } finally {
      clearTimeout(timer);
      if (this.#running === running) this.#running = undefined;
    }
  }
}

const interruptEveryMs = 20;
/** A longer timer fires at once. */
const longestTimerMs = 2 ** 31 - 1;

function toRow(names: readonly string[], cells: readonly Cell[]): ResultRow {
  const row: Record<string, Cell> = {};
  for (const [index, name] of names.entries()) {
    const cell = cells[index] ?? null;
    row[name] = typeof cell === 'bigint' && Number.isSafeInteger(Number(cell)) ? Number(cell) : cell;
  }
  return row;
}

/** A number bound as INTEGER or HUGEINT would make DuckDB convert the column that it is compared with. */
function exact(value: Parameter): Parameter {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
}

function parameterType(value: Parameter): DuckDBType {
  if (value === null) return SQLNULL;
  if (typeof value === 'string') return VARCHAR;
  if (typeof value === 'boolean') return BOOLEAN;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BIGINT : DOUBLE;
  return BigInt.asIntN(64, value) === value ? BIGINT : HUGEINT;
}
