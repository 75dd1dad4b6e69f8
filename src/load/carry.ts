/** Rows that the source no longer has live in staging alone: a table made anew takes them over from the one it replaces. */
import { deletedAt } from '../deleted-at.js';
import type { Dialect, Engine, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import { EtlError, type Place, toEtlError } from '../errors.js';
import { findDuplicates } from './duplicates.js';
import { quoted } from './sql.js';
import type { Target } from './target.js';

export interface CarryRequest {
  readonly name: string;
  readonly key: readonly string[];
  readonly where: Place;
  /** The columns of the table that is replaced. */
  readonly existing: readonly Column[];
  /** Makes the empty table; the old one may be gone afterwards. */
  readonly replace: () => Promise<Target>;
}

/** Errors: SCHEMA_CHANGE where the old rows do not fit into the new table; then nothing has changed for readers. */
export async function replaceAndCarry(session: Session, engine: Engine, request: CarryRequest): Promise<Target> {
  const { dialect, capabilities } = engine;
  const old = dialect.identifier(request.name);
  await refuseOtherKey(session, dialect, request);
  if (!capabilities.transactionalDdl) {
    const target = await request.replace();
    return carry(session, dialect, request, target, old);
  }
  for (const statement of dialect.createScratchTableAs('carried', `select * from ${old}`)) {
    await session.execute(statement);
  }
  const target = await carry(session, dialect, request, await request.replace(), dialect.scratchTable('carried'));
  await session.execute(dialect.dropScratchTable('carried'));
  return target;
}

async function carry(
  session: Session,
  dialect: Dialect,
  { existing, where, name }: CarryRequest,
  target: Target,
  from: string,
): Promise<Target> {
  const had = existing.map((column) => column.name);
  const wanted = target.columns.map((column) => column.name);
  const list = quoted(
    dialect,
    wanted.filter((column) => had.includes(column)),
  );
  // Without `deleted_rows: keep`, what it had kept goes.
  const flagLeaves = had.includes(deletedAt) && !wanted.includes(deletedAt);
  const live = flagLeaves ? ` where ${dialect.identifier(deletedAt)} is null` : '';
  try {
    await session.execute(
      `insert into ${dialect.identifier(target.physical)} (${list}) select ${list} from ${from}${live}`,
    );
  } catch (thrown) {
    const { message, code } = toEtlError(thrown);
    if (code !== 'DATABASE') throw thrown;
    throw new EtlError('SCHEMA_CHANGE', `${name}: rows that it keeps do not fit its new columns: ${message}`, {
      cause: thrown,
      where,
      hint: 'give the column its old type by `columns.add`, e.g. add: { code: "cast(code as char)" } beside exclude: [code]',
    });
  }
  return { ...target, carried: true };
}

async function refuseOtherKey(
  session: Session,
  dialect: Dialect,
  { name, key, existing, where }: CarryRequest,
): Promise<void> {
  const unknown = key.filter((column) => !existing.some((it) => it.name === column));
  const twice = unknown.length > 0 ? [] : await findDuplicates(session, dialect, dialect.identifier(name), key);
  if (unknown.length === 0 && twice.length === 0) return;
  const why = unknown.length > 0 ? `have no ${unknown.join(', ')}` : `are not told apart by (${key.join(', ')})`;
  throw new EtlError('SCHEMA_CHANGE', `${name}: rows that it keeps ${why}`, {
    where,
    hint: 'keep the old key, or give the source another name',
  });
}
