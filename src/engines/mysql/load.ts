/**
 * Fills a work table: LOAD DATA LOCAL where the server allows it, inserts of many rows where not. Each batch is a
 * transaction of its own; while the server takes one, the next is read and written out.
 */
import { Readable } from 'node:stream';
import type { ResultSetHeader } from 'mysql2';
import { EtlError } from '../../errors.js';
import type { LoadResult } from '../contract.js';
import { unpackRows } from '../rows.js';
import type { Column, RowBatch } from '../types.js';
import { type Connection, runStatement } from './connect.js';
import { createWorkTable, dialect } from './dialect.js';
import { classify } from './errors.js';
import { quoteName as id, quoteValue } from './literals.js';
import { encodeLines } from './load-lines.js';
import { untilAnswered } from './silence.js';

export interface LoadTarget {
  readonly connection: Connection;
  readonly localInfile: boolean;
  readonly maxPacketBytes: number;
}

/** Writes rows out at once; what it gives sends them, when its turn has come. */
type Sender = (batch: RowBatch) => () => Promise<void>;

/** `uniqueKey`: see `Session.load`. Errors: SOURCE_DATA where a value does not fit its column, and those of the database and of `batches`. */
export async function loadWorkTable(
  target: LoadTarget,
  name: string,
  columns: readonly Column[],
  batches: AsyncIterable<RowBatch>,
  uniqueKey: readonly string[] = [],
): Promise<LoadResult> {
  const { connection } = target;
  await runStatement(connection, dialect.dropWorkTable(name));
  await runStatement(connection, createWorkTable(name, columns, uniqueKey));
  const sender = (target.localInfile ? fileSender : insertSender)(target, dialect.workTable(name), columns);
  let sending: Promise<void> = Promise.resolve();
  let rows = 0;
  let bytes = 0;
  try {
    for await (const batch of batches) {
      if (batch.rowCount === 0) continue;
      const send = sender(batch);
      await sending;
      sending = send();
      sending.catch(() => undefined);
      rows += batch.rowCount;
      bytes += batch.bytes;
    }
  } finally {
    // Whatever ended the reading, the connection is left idle.
    await sending;
  }
  const keyed = uniqueKey.length === 0 ? undefined : { table: dialect.keyedTable(name), rows };
  return { rows, bytes, keyed };
}

function fileSender(target: LoadTarget, table: string, columns: readonly Column[]): Sender {
  const fields = columns.map((column, index) => (column.type.kind === 'binary' ? `@b${index}` : id(column.name)));
  const set = columns.flatMap((column, index) =>
    column.type.kind === 'binary' ? [`${id(column.name)} = unhex(@b${index})`] : [],
  );
  const sql = `load data local infile 'rows' into table ${table} character set utf8mb4 \
fields terminated by x'09' escaped by x'5c' lines terminated by x'0a' (${fields.join(', ')})\
${set.length === 0 ? '' : ` set ${set.join(', ')}`}`;
  return (batch) => {
    const chunks = encodeLines(columns, batch, target.maxPacketBytes);
    return async () => {
      const result = await sendFile(target.connection, sql, chunks);
      await refuseWarnings(target.connection, result, batch.rowCount, table);
    };
  };
}

function sendFile(connection: Connection, sql: string, chunks: readonly Buffer[]): Promise<ResultSetHeader> {
  const infileStreamFactory = () => Readable.from(chunks);
  return untilAnswered(connection, (done, failed) => {
    connection.query<ResultSetHeader>({ sql, infileStreamFactory }, (error, result) =>
      error ? failed(classify(error, { sql })) : done(result),
    );
  });
}

/** Statements of about 4 MB, or of half a packet where the server takes less. */
const statementBytes = 4 * 1024 * 1024;

function insertSender(target: LoadTarget, table: string, columns: readonly Column[]): Sender {
  const limit = Math.min(statementBytes, target.maxPacketBytes / 2);
  const head = `insert into ${table} (${columns.map((column) => id(column.name)).join(', ')}) values `;
  const insertAll = async (rows: readonly string[]) => {
    await runStatement(target.connection, 'start transaction');
    let values: string[] = [];
    let length = 0;
    const flush = async () => {
      const result = await sendInsert(target.connection, head + values.join(','));
      await refuseWarnings(target.connection, result, values.length, table);
      values = [];
      length = 0;
    };
    for (const text of rows) {
      const bytes = Buffer.byteLength(text) + 1;
      if (head.length + bytes > target.maxPacketBytes) throw tooLarge(table, bytes, target.maxPacketBytes);
      if (length > 0 && length + bytes > limit) await flush();
      values.push(text);
      length += bytes;
    }
    await flush();
    await runStatement(target.connection, 'commit');
  };
  return (batch) => {
    const rows = unpackRows(columns, batch).map((row) => `(${row.map(quoteValue).join(',')})`);
    return () => insertAll(rows);
  };
}

/** Known before it is sent: the server would cut the connection in the middle of the statement. */
function tooLarge(table: string, bytes: number, maxPacketBytes: number): EtlError {
  const megabytes = (count: number) => `${(count / 1024 / 1024).toFixed(1)} MB`;
  return new EtlError(
    'TOO_LARGE',
    `${table}: a row of ${megabytes(bytes)} is above max_allowed_packet of the warehouse (${megabytes(maxPacketBytes)})`,
    { hint: 'raise max_allowed_packet of that server, allow local_infile there, or exclude the wide column' },
  );
}

function sendInsert(connection: Connection, sql: string): Promise<ResultSetHeader> {
  return untilAnswered(connection, (done, failed) => {
    connection.query<ResultSetHeader>(sql, (error, result) => (error ? failed(classify(error)) : done(result)));
  });
}

/** LOAD DATA LOCAL turns every refusal into a warning, in strict mode too: a row lost or a value cut must not pass. */
async function refuseWarnings(
  connection: Connection,
  result: ResultSetHeader,
  sent: number,
  table: string,
): Promise<void> {
  if (result.warningStatus === 0 && result.affectedRows === sent) return;
  const { rows } = await runStatement(connection, 'show warnings limit 1');
  const first = rows[0]?.Message ?? `${result.affectedRows} of ${sent} rows arrived`;
  throw new EtlError('SOURCE_DATA', `${table}: the server would not take a value as it is: ${String(first)}`, {
    hint: 'a value does not fit the type of its column; cast the column in the source definition',
  });
}
