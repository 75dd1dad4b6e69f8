/** Finds keys that a relation holds twice, and keys that are NULL: by such a key no row is ever found again. */
import type { Dialect, Session } from '../engines/contract.js';
import { EtlError, type Place } from '../errors.js';
import { quoted } from './sql.js';

export interface KeyCheck {
  /** Quoted relation. */
  readonly relation: string;
  readonly key: readonly string[];
  /** How messages call the relation: `fact_message`, `source 'messages'`. */
  readonly title: string;
  readonly where: Place;
}

/** Throws DUPLICATE_KEY, with an example, where a key stands twice. */
export async function refuseDuplicates(session: Session, dialect: Dialect, check: KeyCheck): Promise<void> {
  const [example] = await findDuplicates(session, dialect, check.relation, check.key);
  if (example === undefined) return;
  const { etl_times: times, ...key } = example;
  const values = Object.entries(key).map(([name, value]) => `${name} = ${String(value)}`);
  throw new EtlError('DUPLICATE_KEY', `${check.title} has ${times} rows with ${values.join(', ')}`, {
    where: check.where,
    hint: `its key is (${check.key.join(', ')}): name all columns that make a row unique`,
  });
}

/**
 * True where every key stands once and none is NULL, as far as the engine can tell that sooner than by grouping them; false
 * says nothing.
 */
export async function areKeysCounted(
  session: Session,
  dialect: Dialect,
  { relation, key }: Pick<KeyCheck, 'relation' | 'key'>,
): Promise<boolean> {
  const { keyBits } = dialect;
  if (keyBits === undefined) return false;
  const columns = await session.describe(`select ${quoted(dialect, key)} from ${relation}`);
  const bounds = keyBits.bounds(relation, columns);
  const [found] = bounds === undefined ? [] : await session.query(bounds);
  if (found === undefined || found.etl_rows !== found.complete) return false;
  const count = keyBits.count(relation, columns, found);
  const [counted] = count === undefined ? [] : await session.query(count);
  return counted !== undefined && counted.keys === found.etl_rows;
}

/** True where a key stands twice or is NULL in a column: one query for what seldom is, before those that say which and where. */
export async function hasOddKeys(
  session: Session,
  dialect: Dialect,
  { relation, key }: Pick<KeyCheck, 'relation' | 'key'>,
): Promise<boolean> {
  const isNull = key.map((column) => `${dialect.identifier(column)} is null`);
  const found = await session.query(
    `select 1 as found from ${relation} n group by ${quoted(dialect, key)} having ${['count(*) > 1', ...isNull].join(' or ')} limit 1`,
  );
  return found.length > 0;
}

/** Up to `limit` keys that stand more than once. */
export async function findDuplicates(
  session: Session,
  dialect: Dialect,
  relation: string,
  key: readonly string[],
  limit = 1,
) {
  const list = quoted(dialect, key);
  return session.query(
    `select ${list}, count(*) as etl_times from ${relation} n group by ${list} having count(*) > 1 limit ${limit}`,
  );
}

/** Throws SOURCE_DATA or, for a model, MODEL_SQL where a column of the key is NULL. */
export async function refuseNullKeys(
  session: Session,
  dialect: Dialect,
  check: KeyCheck & { readonly code: 'SOURCE_DATA' | 'MODEL_SQL' },
): Promise<void> {
  const isNull = check.key.map((column) => `n.${dialect.identifier(column)} is null`);
  const [example] = await session.query(
    `select ${quoted(dialect, check.key, 'n.')} from ${check.relation} n where ${isNull.join(' or ')} limit 1`,
  );
  if (example === undefined) return;
  const nulls = check.key.filter((column) => example[column] === null);
  throw new EtlError(check.code, `${check.title} has a row whose key is NULL in ${nulls.join(', ')}`, {
    where: check.where,
    hint: 'a key tells rows apart: leave such rows out, or give them a value with coalesce(…)',
  });
}
