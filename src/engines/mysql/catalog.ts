/** What is in the warehouse's database: relations with their kinds, comments of columns. By knex; errors come classified. */
import type { Knex } from 'knex';
import type { RelationKind } from '../contract.js';
import { classify } from './errors.js';

export interface Relation {
  readonly name: string;
  readonly kind: RelationKind;
  /** The comment of a table; empty for views. */
  readonly comment: string;
}

/** The names of all tables and views. */
export async function relationNames(knex: Knex): Promise<ReadonlySet<string>> {
  return new Set((await answered(relationsOf(knex))).map(({ name }) => name));
}

/** The relations with these names. */
export async function findRelations(knex: Knex, names: readonly string[]): Promise<ReadonlyMap<string, Relation>> {
  const relations = names.length === 0 ? [] : await answered(relationsOf(knex).whereIn('table_name', names));
  return new Map(relations.map((row) => [row.name, toRelation(row)]));
}

/** The relations whose name matches one of these patterns of LIKE, in which `\` escapes. */
export async function relationsLike(knex: Knex, patterns: readonly string[]): Promise<readonly Relation[]> {
  const matching = relationsOf(knex).where((any) => {
    for (const pattern of patterns) any.orWhereRaw(`table_name like ? escape '|'`, [pattern]);
  });
  const relations = await answered(matching);
  return relations.map(toRelation);
}

/** Column name -> comment, of a table's columns that have one. */
export async function columnComments(knex: Knex, table: string): Promise<ReadonlyMap<string, string>> {
  const rows = await answered<readonly { readonly name: string; readonly comment: string }[]>(
    knex('information_schema.columns')
      .select({ name: 'column_name', comment: 'column_comment' })
      .where('table_schema', knex.raw('database()'))
      .where('table_name', table)
      .whereNot('column_comment', ''),
  );
  return new Map(rows.map((row) => [row.name, row.comment]));
}

async function answered<T>(query: PromiseLike<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    throw classify(error);
  }
}

interface RelationRow {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
}

function relationsOf(knex: Knex) {
  return knex('information_schema.tables')
    .select<RelationRow[]>({ name: 'table_name', type: 'table_type', comment: 'table_comment' })
    .where('table_schema', knex.raw('database()'));
}

function toRelation({ name, type, comment }: RelationRow): Relation {
  const kind = type === 'VIEW' ? 'view' : 'table';
  return { name, kind, comment: kind === 'view' ? '' : comment };
}
