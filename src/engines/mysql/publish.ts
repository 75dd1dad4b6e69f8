/**
 * Makes replaced tables and changed views visible after the commit: one RENAME for all of them. The intent is a row that
 * the data transaction wrote, so whoever comes next can finish; every step may be done again.
 */
import type { Knex } from 'knex';
import { EtlError, toEtlError } from '../../errors.js';
import type { Publication, Session } from '../contract.js';
import { findRelations, type Relation, relationsLike } from './catalog.js';
import { dialect, tableComment } from './dialect.js';
import { executePatiently } from './patience.js';

type Swap = Pick<Publication['tables'][number], 'name' | 'replacement'>;

const id = dialect.identifier;
const oldOf = (name: string): string => `${name}__old`;

export async function recordPublication(session: Session, publication: Publication): Promise<void> {
  if (isEmpty(publication)) return;
  await session.execute('insert into etl_publication (run_id, recorded_at, payload) values (?, utc_timestamp(6), ?)', [
    publication.runId,
    JSON.stringify(publication),
  ]);
}

/**
 * Errors: LOCK_TIMEOUT, whose message names the blocker, and others; the next run's `recover` finishes it then. None is
 * retryable: the data is committed, and who did the work again would build over what is still to be swapped in.
 */
export async function publish(session: Session, knex: Knex, publication: Publication): Promise<void> {
  if (isEmpty(publication)) return;
  try {
    await swapAndClear(session, knex, publication);
  } catch (thrown) {
    const { code, message, hint, sql, cause } = toEtlError(thrown);
    throw new EtlError(code, message, { cause, sql, hint: hint ?? 'the data is committed; the next run publishes it' });
  }
}

async function swapAndClear(session: Session, knex: Knex, publication: Publication): Promise<void> {
  const { runId, tables, views } = publication;
  // Whoever took over from us has finished it, and may be building anew under the same names.
  if ((await session.query('select 1 from etl_publication where run_id = ?', [runId])).length === 0) return;
  const swaps = [...(await waitingTables(knex, tables)), ...(await buildViews(session, views))];
  await swapIn(session, knex, swaps);
  // A `*` was written out over the old tables, and a view over a new column could not be built before.
  if (tables.length > 0 || views.length > 1) await rebuildViews(session, knex, views);
  await dropRelations(
    session,
    await relationsNamed(
      knex,
      [...tables, ...views].map(({ name }) => oldOf(name)),
    ),
  );
  await finish(session, publication);
}

/** Finishes what dead runs have recorded. */
export async function recoverPublications(session: Session, knex: Knex): Promise<void> {
  for (const publication of await recorded(session)) await publish(session, knex, publication);
}

/** Drops the tables that dead or failed runs were working on, but for what is recorded and still to be swapped in. */
export async function dropLeftovers(session: Session, knex: Knex): Promise<void> {
  const leftovers = await relationsLike(knex, ['etl|_work|_%', '%|_|_new', '%|_|_old']);
  const waiting = (await recorded(session)).flatMap(({ tables, views }) => [...tables, ...views]);
  const names = new Set(waiting.map(({ replacement }) => replacement));
  await dropRelations(
    session,
    leftovers.filter((relation) => isOurs(relation) && !names.has(relation.name)),
  );
}

async function recorded(session: Session): Promise<readonly Publication[]> {
  const intents = await session.query('select payload from etl_publication order by recorded_at');
  return intents.map(({ payload }) => JSON.parse(String(payload)) as Publication);
}

/** Tables carry our mark. Views cannot: only the suffix that views under construction have is taken for ours. */
function isOurs({ name, kind, comment }: Relation): boolean {
  return kind === 'table' ? comment === tableComment : name.endsWith('__new');
}

function isEmpty({ tables, views, grants }: Publication): boolean {
  return tables.length + views.length + grants.length === 0;
}

/** Those whose replacement is still there: the others were swapped before a crash. */
async function waitingTables(knex: Knex, tables: Publication['tables']): Promise<readonly Swap[]> {
  const found = await findRelations(
    knex,
    tables.map((table) => table.replacement),
  );
  return tables.filter((table) => found.has(table.replacement));
}

/** Builds the views over published names, where that works before the tables are swapped. */
async function buildViews(session: Session, views: Publication['views']): Promise<readonly Swap[]> {
  const built: Swap[] = [];
  for (const view of views) {
    try {
      await session.execute(dialect.createView(view.replacement, view.select));
      built.push(view);
    } catch (thrown) {
      if (toEtlError(thrown).code !== 'DATABASE') throw thrown;
      await session.execute(dialect.dropView(view.replacement));
    }
  }
  return built;
}

async function swapIn(session: Session, knex: Knex, swaps: readonly Swap[]): Promise<void> {
  if (swaps.length === 0) return;
  const names = swaps.map((swap) => swap.name);
  const there = await findRelations(knex, names);
  await dropRelations(session, await relationsNamed(knex, names.map(oldOf)));
  const renames = swaps.flatMap(({ name, replacement }) => [
    ...(there.has(name) ? [`${id(name)} to ${id(oldOf(name))}`] : []),
    `${id(replacement)} to ${id(name)}`,
  ]);
  await executePatiently(session, `rename table ${renames.join(', ')}`, names);
}

async function rebuildViews(session: Session, knex: Knex, views: Publication['views']): Promise<void> {
  const there = await findRelations(
    knex,
    views.map((view) => view.name),
  );
  for (const { name, select } of views) {
    if (there.get(name)?.kind === 'table') {
      await executePatiently(session, `rename table ${id(name)} to ${id(oldOf(name))}`, [name]);
    }
    await executePatiently(session, dialect.createView(name, select), [name]);
  }
}

async function relationsNamed(knex: Knex, names: readonly string[]): Promise<readonly Relation[]> {
  return [...(await findRelations(knex, names)).values()];
}

async function dropRelations(session: Session, relations: readonly Relation[]): Promise<void> {
  for (const { name, kind } of relations) {
    await session.execute(kind === 'view' ? dialect.dropView(name) : dialect.dropTable(name));
  }
}

/** A grant that the server refuses must not keep all later runs from starting: the swap counts as done. */
async function finish(session: Session, { runId, grants }: Publication): Promise<void> {
  const refused: EtlError[] = [];
  for (const grant of grants) {
    await session.execute(grant).catch((thrown: unknown) => refused.push(toEtlError(thrown)));
  }
  await session.execute('delete from etl_publication where run_id = ?', [runId]);
  const [first] = refused;
  if (first === undefined) return;
  throw new EtlError(first.code, `a statement of \`grants\` failed after the swap: ${first.message}`, {
    cause: first,
    sql: first.sql,
    hint: 'mend `grants` in the config; the data is published',
  });
}
