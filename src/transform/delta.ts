/** Cuts a delta: which keys of the upstream changed after the model's position, and the rows they have now. */
import { changeLogOf, onKeys, quoted } from '../load/sql.js';
import { concerning, type ModelWork } from './work.js';

/**
 * Fills the scratch tables `touched_keys` (every key of the upstream that changed, or that a change named by `affects` concerns;
 * removed ones included) and `delta` (the rows these keys have now). The upstream's own key columns name those of both.
 */
export async function cutDelta(work: ModelWork, upstream: string): Promise<void> {
  await collectTouchedKeys(work, upstream);
  const { session, engine, physical } = work;
  const { dialect } = engine;
  const key = work.keyOf(upstream);
  const select = `select u.* from ${dialect.identifier(physical(upstream))} u join ${dialect.scratchTable('touched_keys')} k on ${onKeys(dialect, 'u', key, 'k', key)}`;
  for (const statement of dialect.createScratchViewAs('delta', select)) await session.execute(statement);
}

export async function dropDelta({ session, engine }: ModelWork): Promise<void> {
  await session.execute(engine.dialect.dropScratchView('delta'));
  await session.execute(engine.dialect.dropScratchTable('touched_keys'));
}

async function collectTouchedKeys(work: ModelWork, upstream: string): Promise<void> {
  const { session, engine, physical, compiled } = work;
  const { dialect } = engine;
  const key = work.keyOf(upstream);
  const touched = [await changedKeys(work, upstream)];
  for (const [affecting, columns] of Object.entries(compiled.model.affects)) {
    touched.push(
      `select ${quoted(dialect, key, 'u.')} from ${dialect.identifier(physical(upstream))} u join (${await changedKeys(work, affecting)}) c on ${onKeys(dialect, 'u', columns, 'c', work.keyOf(affecting))}`,
    );
  }
  const statements = dialect.createScratchTableAs('touched_keys', touched.join(' union '));
  for (const statement of statements) await session.execute(statement);
}

async function changedKeys(work: ModelWork, table: string): Promise<string> {
  const { dialect } = work.engine;
  const consumed = work.positions.get(table)?.batch ?? 0;
  const log = dialect.identifier(work.physical(changeLogOf(table)));
  return `select distinct ${quoted(dialect, work.keyOf(table))} from ${log} where batch > ${consumed}${await concerning(work, table)}`;
}
