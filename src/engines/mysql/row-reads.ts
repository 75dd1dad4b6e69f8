/** Rows of a select in a session that goes on afterwards, whether they were all taken or cancelled. */
import type { OpenSettings } from '../contract.js';
import type { Column, RowBatch } from '../types.js';
import { killQuery, undoTimeoutMs } from './cancel.js';
import { type Connection, identityOf, runStatement } from './connect.js';
import type { MysqlOptions } from './options.js';
import { streamRows } from './read-stream.js';
import { endsWithin, socketOf } from './silence.js';

export interface RowReadsParts {
  readonly connection: Connection;
  readonly options: MysqlOptions;
  readonly settings: OpenSettings;
}

const limits = { batchRows: 50_000, batchBytes: 4 * 1024 * 1024 };

export class RowReads {
  readonly #parts: RowReadsParts;
  #reading: Promise<void> | undefined;

  constructor(parts: RowReadsParts) {
    this.#parts = parts;
  }

  /** How long it takes is for whoever takes the rows to say; only a server that sends none is given up after the usual time. */
  async *read(select: string, columns: readonly Column[]): AsyncGenerator<RowBatch> {
    const { connection, settings } = this.#parts;
    let end = (): void => undefined;
    this.#reading = new Promise((done) => {
      end = done;
    });
    try {
      await runStatement(connection, statementLimit(0));
      yield* streamRows(connection, select, columns, {
        ...limits,
        signal: new AbortController().signal,
        silenceMs: settings.timeoutMs,
        kill: () => this.#kill(),
      });
    } finally {
      // Of a connection that is lost the next statement says so.
      await runStatement(connection, statementLimit(settings.timeoutMs)).catch(() => undefined);
      this.#reading = undefined;
      end();
    }
  }

  /** False where no rows are being read. Whoever takes them is told, as of any error. Never throws. */
  async cancel(): Promise<boolean> {
    const reading = this.#reading;
    if (reading === undefined) return false;
    await this.#kill();
    if (!(await endsWithin(reading, undoTimeoutMs))) socketOf(this.#parts.connection).destroy();
    return true;
  }

  #kill(): Promise<void> {
    const { connection, options, settings } = this.#parts;
    return killQuery(options, settings, identityOf(connection).connectionId);
  }
}

/** `M!` comments are read by MariaDB alone, those from 50700 on by MySQL alone. */
function statementLimit(timeoutMs: number): string {
  return `SET /*M!100100 max_statement_time = ${timeoutMs / 1000} *//*!50720 max_execution_time = ${Math.ceil(timeoutMs)} */`;
}
