/** Strategy `append`: rows of an append-only source are added once, never touched again. */
import { EtlError } from '../errors.js';
import type { RowCounts } from '../load/apply.js';
import { onKeys, quoted } from '../load/sql.js';
import { cutDelta, dropDelta } from './delta.js';
import { deltaUpstream } from './merge.js';
import { dropRows, queryRows } from './rows.js';
import { runTable } from './table.js';
import { type ModelWork, renderDelta, targetColumns } from './work.js';

export async function runAppend(work: ModelWork): Promise<RowCounts> {
  if (work.action !== 'update') return runTable(work);
  await cutDelta(work, deltaUpstream(work));
  await queryRows(work, renderDelta(work));
  const { session, engine, target } = work;
  const { dialect } = engine;
  await refuseKnownKeys(work);
  const columns = quoted(dialect, targetColumns(work));
  const inserted = await session.execute(
    `insert into ${dialect.identifier(target.physical)} (${columns}) select ${columns} from ${dialect.scratchTable('rows')} n`,
  );
  await dropRows(work);
  await dropDelta(work);
  return { inserted, updated: 0, deleted: 0 };
}

/** A rebuild would find such a key twice; adding the row would not, where no index keeps it out. */
async function refuseKnownKeys({ session, engine, compiled, target }: ModelWork): Promise<void> {
  const { dialect } = engine;
  const { key, name, where } = compiled.model;
  if (key.length === 0) return;
  const [known] = await session.query(
    `select ${quoted(dialect, key, 'n.')} from ${dialect.scratchTable('rows')} n join ${dialect.identifier(target.physical)} t on ${onKeys(dialect, 't', key, 'n', key)} limit 1`,
  );
  if (known === undefined) return;
  const values = key.map((column) => `${column} = ${String(known[column])}`).join(', ');
  throw new EtlError('DUPLICATE_KEY', `${name} has a row with ${values} already`, {
    where,
    hint: `its key is (${key.join(', ')}): name all columns that make a row unique`,
  });
}
