/** The scratch table `rows`: what a model's SQL gives, with its key checked. */
import { areKeysCounted, refuseDuplicates, refuseNullKeys } from '../load/duplicates.js';
import { quoted } from '../load/sql.js';
import type { Target } from '../load/target.js';
import type { Rendered } from '../template/types.js';
import { executeModelSql } from './model-sql.js';
import { type ModelWork, renderWhole } from './work.js';

/** Runs the SQL into `rows`. Errors: MODEL_SQL, DUPLICATE_KEY. */
export async function queryRows(work: ModelWork, rendered: Rendered): Promise<void> {
  const { session, engine, compiled } = work;
  const statements = engine.dialect.createScratchTableAs('rows', `\n${rendered.sql}\n`);
  await executeModelSql(session, engine, compiled.model, rendered, statements);
  await refuseBadKeys(work, engine.dialect.scratchTable('rows'));
}

export async function dropRows({ session, engine }: ModelWork): Promise<void> {
  await session.execute(engine.dialect.dropScratchTable('rows'));
}

/** Fills a new target straight from the model's SQL, unless it was filled aside; the number of rows. Errors: as of `fillTable`. */
export async function fillTarget(work: ModelWork): Promise<number> {
  return work.target.filled?.rows ?? fillTable(work, work.target, renderWhole(work));
}

/** Fills an empty table straight from the model's SQL; the number of rows. Errors: MODEL_SQL, DUPLICATE_KEY. */
export async function fillTable(
  work: QueryWork,
  { physical, columns }: Pick<Target, 'physical' | 'columns'>,
  rendered: Rendered,
): Promise<number> {
  const { session, engine, compiled } = work;
  const { dialect } = engine;
  const names = columns.map(({ name }) => name);
  const statement = `insert into ${dialect.identifier(physical)} (${quoted(dialect, names)})\n${rendered.sql}\n`;
  const rows = await executeModelSql(session, engine, compiled.model, rendered, [statement]);
  await refuseBadKeys(work, dialect.identifier(physical));
  return rows;
}

type QueryWork = Pick<ModelWork, 'session' | 'engine' | 'compiled'>;

async function refuseBadKeys(work: QueryWork, relation: string): Promise<void> {
  const { name, key, where } = work.compiled.model;
  if (key.length === 0) return;
  const check = { relation, key, title: name, where };
  if (await areKeysCounted(work.session, work.engine.dialect, check)) return;
  await refuseNullKeys(work.session, work.engine.dialect, { ...check, code: 'MODEL_SQL' });
  await refuseDuplicates(work.session, work.engine.dialect, check);
}
