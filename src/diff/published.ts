/** The published side of a comparison. */
import type { Dialect, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import { EtlError } from '../errors.js';
import type { Model } from '../pipeline/types.js';
import { historyColumns } from '../transform/snapshot.js';

export interface Published {
  /** Quoted name, or a query in parentheses. */
  readonly relation: string;
  readonly columns: readonly Column[];
}

/** Of a history its open versions: those are what its SQL gives. Errors: USAGE where nothing is published. */
export async function openVersions(session: Session, dialect: Dialect, model: Model): Promise<Published> {
  const { table, strategy } = model;
  const found = await session.columns(table);
  if (found === undefined) {
    throw new EtlError('USAGE', `${table} is not published yet: there is nothing to compare with`, {
      hint: `\`chat-etl preview ${table}\` shows its rows`,
    });
  }
  const columns = found.columns.filter(({ isGone }) => isGone !== true);
  const relation = dialect.identifier(table);
  if (strategy !== 'snapshot') return { relation, columns };
  const own: readonly string[] = Object.values(historyColumns);
  return {
    relation: `(select * from ${relation} where ${dialect.identifier(historyColumns.current)})`,
    columns: columns.filter(({ name }) => !own.includes(name)),
  };
}
