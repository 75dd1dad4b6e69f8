/**
 * A table of which much changes is written anew: DuckDB holds in memory which rows a transaction deletes until it ends, and
 * what it inserts anew it writes to the file. Indexes and comments that somebody put on the table stay.
 */
import type { Dialect, Session } from '../engines/contract.js';
import { onKeys, quoted } from './sql.js';

/** Smaller tables are deleted from in little memory. */
const fewestRows = 200_000;
/** From here on the rows that stay are fewer than twice those that are written in either way. */
const smallestShare = 1 / 3;

export interface RewriteRequest {
  /** Physical name. */
  readonly target: string;
  readonly key: readonly string[];
  /** Those of `rows`; others of the table are NULL in them. */
  readonly columns: readonly string[];
  /** Quoted relation of the rows that are new or changed; the scratch table `changes` has their keys, and those of deleted rows. */
  readonly rows: string;
  /** How many rows of the table are updated or deleted. */
  readonly replaced: number;
}

/** True where that was worth it, and the engine can; else nothing has been done. */
export async function rewriteRows(session: Session, dialect: Dialect, request: RewriteRequest): Promise<boolean> {
  const { target, replaced } = request;
  if (replaced < fewestRows * smallestShare) return false;
  const stored = (await session.columns(target))?.columns ?? [];
  const rewritten = dialect.rewriteTable(target, stored, rowsOf(dialect, request, stored));
  if (rewritten === undefined) return false;
  const [counted] = await session.query(`select count(*) as n from ${dialect.identifier(target)}`);
  const count = Number(counted?.n);
  if (count < fewestRows || replaced < count * smallestShare) return false;
  const additions = await session.query(rewritten.additions);
  for (const statement of rewritten.statements) await session.execute(statement);
  for (const { sql } of additions) await session.execute(String(sql));
  return true;
}

/** Selects of the rows that stay as they are, and of those that are new or changed. */
function rowsOf(
  dialect: Dialect,
  { target, key, columns, rows }: RewriteRequest,
  stored: readonly { readonly name: string }[],
): readonly string[] {
  const changed = `select 1 from ${dialect.scratchTable('changes')} c where ${onKeys(dialect, 'c', key, 't', key)}`;
  const names = stored.map(({ name }) => name);
  const values = names.map((name) => (columns.includes(name) ? `n.${dialect.identifier(name)}` : 'null'));
  return [
    `select ${quoted(dialect, names, 't.')} from ${dialect.identifier(target)} t where not exists (${changed})`,
    `select ${values.join(', ')} from ${rows} n`,
  ];
}
