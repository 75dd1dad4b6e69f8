/** The staging table of a first load, made before the run's transaction. */
import type { KeyedTable, Session } from '../engines/contract.js';
import type { RowCounts } from '../load/apply.js';
import { loadStaging } from '../load/staging.js';
import { stagingColumns } from '../load/staging-columns.js';
import { prepareTarget, type Target } from '../load/target.js';
import { asideTableOf } from '../load/work-tables.js';
import { utcText } from './clock.js';
import type { RunContext } from './context.js';
import { purgedBefore } from './purged-before.js';
import type { SourceRead } from './read-source.js';

export interface StagedAside {
  readonly target: Target;
  readonly counts: RowCounts;
  /** The table that is to be called as staging. */
  readonly filled: KeyedTable;
}

/** Errors: as of `prepareTarget` and `loadStaging`. */
export async function stageAside(
  { engine, startedAt }: RunContext,
  session: Session,
  { source, extracted }: SourceRead,
): Promise<StagedAside> {
  const { whole, keyed } = extracted;
  const target = await targetAside(engine, session, { source, extracted });
  const counts = await loadStaging(session, engine.dialect, {
    source,
    target,
    workTable: source.table,
    isKeyed: keyed !== undefined,
    whole,
    detected: undefined,
    seenAt: utcText(startedAt),
    purgedBefore: purgedBefore(source, startedAt),
    log: undefined,
  });
  return { target, counts, filled: { table: target.physical, rows: counts.inserted } };
}

/** The table that the rows were read into where it can become staging, else a new one. */
async function targetAside(
  engine: RunContext['engine'],
  session: Session,
  { source, extracted: { columns, keyed } }: Pick<SourceRead, 'source' | 'extracted'>,
): Promise<Target> {
  const { table, key, where } = source;
  const own = stagingColumns(source, columns);
  if (keyed !== undefined && source.deletedRows !== 'keep') {
    return { name: table, physical: keyed.table, columns: own, key, fresh: true, filled: keyed };
  }
  const name = engine.dialect.keyedTable(asideTableOf(table));
  return prepareTarget(session, engine, { name, columns: own, key, owned: true, onIncompatible: 'replace', where });
}
