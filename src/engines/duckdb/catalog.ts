/** What the warehouse's own catalog says of published tables and views. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { RelationKind } from '../contract.js';
import { type Column, goneMark } from '../types.js';
import { dialect } from './dialect.js';
import { commentedType } from './types.js';

const where = `where database_name = current_database() and schema_name = 'main'`;

interface Relation {
  readonly kind: RelationKind;
  readonly columns: readonly Column[];
}

/**
 * What one connection sees of the catalog. Inside of a transaction that is fixed but for what the transaction itself does, so
 * it is read once: a query of the catalog looks at every column of every table, whichever is asked for.
 */
export class Catalog {
  readonly #connection: DuckDBConnection;
  #inTransaction = false;
  #seen: Promise<ReadonlyMap<string, Relation>> | undefined;
  /** Statements since then that may have changed something. */
  #changes: string[] = [];

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  begin(): void {
    this.end();
    this.#inTransaction = true;
  }

  end(): void {
    this.#inTransaction = false;
    this.#seen = undefined;
    this.#changes = [];
  }

  /** To be told of every statement. */
  executed(sql: string): void {
    if (this.#seen !== undefined && definition.test(sql)) this.#changes.push(sql);
  }

  /** The names of all tables and views. */
  async names(): Promise<ReadonlySet<string>> {
    if (!this.#inTransaction || this.#changes.length > 0) return new Set((await this.#read('')).keys());
    return new Set((await this.#all()).keys());
  }

  /** A table or view, or undefined where there is none; of a view over something that is gone, no columns. */
  async find(name: string): Promise<Relation | undefined> {
    const isChanged = this.#changes.some((sql) => sql.includes(dialect.identifier(name)));
    if (this.#inTransaction && !isChanged) return (await this.#all()).get(name);
    return (await this.#read(dialect.literal(name))).get(name);
  }

  #all(): Promise<ReadonlyMap<string, Relation>> {
    if (this.#seen === undefined) {
      const seen = this.#read('');
      this.#seen = seen;
      seen.catch(() => {
        if (this.#seen === seen) this.#seen = undefined;
      });
    }
    return this.#seen;
  }

  /** @param only a name as an SQL literal, or nothing for all */
  async #read(only: string): Promise<ReadonlyMap<string, Relation>> {
    const named = (column: string) => (only === '' ? '' : ` and ${column} = ${only}`);
    const rows = await read(
      this.#connection,
      `select table_name, column_index, column_name, data_type, is_nullable, comment from duckdb_columns() ${where}${named('table_name')}
union all select view_name, null, null, null, null, null from duckdb_views() ${where}${named('view_name')}`,
    );
    const found = new Map<string, (readonly unknown[])[]>();
    const views = new Set<string>();
    for (const [relation, ...column] of rows) {
      const name = String(relation);
      const columns = found.get(name) ?? [];
      found.set(name, columns);
      if (column[0] === null) views.add(name);
      else columns.push(column);
    }
    return new Map(
      [...found].map(([name, columns]) => [
        name,
        { kind: views.has(name) ? 'view' : 'table', columns: sorted(columns) },
      ]),
    );
  }
}

/** Scratch tables are in a catalog of their own. */
const definition = /^\s*(create(?! or replace temp\b)(?! temp\b)|alter|drop|comment)\b/i;

function sorted(rows: readonly (readonly unknown[])[]): readonly Column[] {
  return rows.toSorted(([left], [right]) => Number(left) - Number(right)).map(([, ...column]) => toColumn(column));
}

function toColumn([name, type, nullable, said]: readonly unknown[]): Column {
  const comment = typeof said === 'string' ? said : '';
  return {
    name: String(name),
    type: commentedType(String(type), comment),
    nullable: nullable === true,
    ...(comment.endsWith(goneMark) ? { isGone: true } : {}),
  };
}

async function read(connection: DuckDBConnection, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await connection.runAndReadAll(sql)).getRowsJS();
}
