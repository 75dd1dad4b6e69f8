/** DuckDB's parser for the rules over models' SQL: syntax trees without any database. */
import { DuckDBInstance, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import type { Dialect } from '../contract.js';
import type { ParsedSql } from '../types.js';
import { dialect } from './dialect.js';

export interface SqlParser {
  /** The dialect that the SQL must be written in. */
  readonly dialect: Dialect;
  /** Parses one text; calls of the same tick go to DuckDB as one statement. */
  parse(sql: string): Promise<ParsedSql>;
  parseMany(sqls: readonly string[]): Promise<readonly ParsedSql[]>;
  close(): void;
}

interface Waiting {
  readonly sql: string;
  readonly resolve: (parsed: ParsedSql) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts an in-memory DuckDB that only parses. */
export async function openParser(): Promise<SqlParser> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();

  async function parseMany(sqls: readonly string[]): Promise<readonly ParsedSql[]> {
    if (sqls.length === 0) return [];
    const query = 'select json_serialize_sql(sql) from unnest($1) with ordinality as texts(sql, place) order by place';
    const reader = await connection.runAndReadAll(query, [listValue([...sqls])], [LIST(VARCHAR)]);
    return reader.getRows().map(([json], index) => readAnswer(String(json), sqls[index] ?? ''));
  }

  let waiting: Waiting[] = [];
  function flush(): void {
    const batch = waiting;
    waiting = [];
    parseMany(batch.map((each) => each.sql)).then(
      (parsed) => {
        for (const [index, answer] of parsed.entries()) batch[index]?.resolve(answer);
      },
      (error) => {
        for (const each of batch) each.reject(error);
      },
    );
  }

  return {
    dialect,
    parse: (sql) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ sql, resolve, reject });
      }),
    parseMany,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

interface Answer {
  readonly error: boolean;
  readonly error_message?: string;
  readonly position?: string;
  readonly statements?: readonly unknown[];
}

function readAnswer(json: string, sql: string): ParsedSql {
  // Locations in a tree count UTF-8 bytes, positions of errors count characters.
  const answer: Answer = JSON.parse(json);
  placeNodes(answer.statements, byteOffsets(sql));
  if (!answer.error) return { ok: true, statements: answer.statements?.length ?? 0, tree: answer };
  const message = answer.error_message ?? 'the SQL cannot be parsed';
  if (answer.position === undefined) return { ok: false, message, offset: undefined };
  return { ok: false, message, offset: Array.from(sql).slice(0, Number(answer.position)).join('').length };
}

/** Makes every location an offset. On the parsed tree: a reviver of `JSON.parse` takes several times as long. */
function placeNodes(value: unknown, offsets: (bytes: number) => number | undefined): void {
  if (typeof value !== 'object' || value === null) return;
  const node = value as Record<string, unknown>;
  for (const [name, member] of Object.entries(node)) {
    if (name === 'query_location') node[name] = offsets(Number(member)) ?? null;
    else placeNodes(member, offsets);
  }
}

/** UTF-8 byte offset -> UTF-16 offset; undefined where it is outside of the text (DuckDB's "unknown" is 2^64 - 1). */
function byteOffsets(text: string): (bytes: number) => number | undefined {
  const bytes = Buffer.from(text);
  if (bytes.length === text.length) return (offset) => (offset <= text.length ? offset : undefined);
  return (offset) => (offset <= bytes.length ? bytes.toString('utf8', 0, offset).length : undefined);
}
