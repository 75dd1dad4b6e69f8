/** Keeps the journal small: old runs go, and of the insert-only tables all but what still counts. */
import type { Dialect, Session } from '../engines/contract.js';
import { integer, optionalInteger, text } from './cells.js';
import {
  type JournalTable,
  positionTable,
  runTable,
  stepTable,
  tableStateTable,
  testFailureTable,
  testResultTable,
  watermarkTable,
} from './tables.js';
import { timestampOf } from './time.js';

interface Superseded {
  readonly table: JournalTable;
  readonly key: readonly string[];
  /** As many of a key's newest rows are kept. */
  readonly keep: number;
  /** They are cut to that once there are more than these, and not a few at each run. */
  readonly atMost: number;
}

const insertOnly: readonly Superseded[] = [
  // A transaction left open for long holds the safe mark back over many reads.
  { table: watermarkTable, key: ['source_table'], keep: 50, atMost: 55 },
  { table: positionTable, key: ['model', 'upstream'], keep: 1, atMost: 1 },
  { table: tableStateTable, key: ['table_name'], keep: 1, atMost: 1 },
  { table: testResultTable, key: ['step', 'test'], keep: 1, atMost: 1 },
];

export interface PruneOptions {
  readonly keepDays: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Removes what nobody needs any more. Call it under the lease, after the data's commit, in a session of its own. */
export async function pruneJournal(session: Session, dialect: Dialect, options: PruneOptions): Promise<void> {
  await removeOldRuns(session, dialect, timestampOf(options.now - options.keepDays * 86_400_000));
  const crowded = await crowdedTables(session, dialect);
  for (const superseded of insertOnly) {
    if (crowded.has(superseded.table.name)) await keepNewest(session, dialect, superseded);
  }
}

/** Tables with more rows of some key than they may have. In one query: after most runs there is none. */
async function crowdedTables(session: Session, dialect: Dialect): Promise<ReadonlySet<string>> {
  const id = dialect.identifier;
  const crowded = insertOnly.map(({ table, key, atMost }) => {
    const most = `select count(*) as n from ${id(table.name)} group by ${key.map(id).join(', ')}`;
    return `select ${dialect.literal(table.name)} as name, max(n) as n from (${most}) counted having max(n) > ${dialect.literal(atMost)}`;
  });
  const rows = await session.query(crowded.join(' union all '));
  return new Set(rows.map((row) => text(row, 'name')));
}

/** Notes from which batch on a table's change log is whole; undefined where there is none any more. */
export async function moveLogSince(
  session: Session,
  dialect: Dialect,
  table: string,
  batch: number | undefined,
): Promise<void> {
  const id = dialect.identifier;
  await session.execute(`update ${id(tableStateTable.name)} set ${id('log_since')} = ? where ${id('table_name')} = ?`, [
    batch ?? null,
    table,
  ]);
}

async function removeOldRuns(session: Session, dialect: Dialect, before: string): Promise<void> {
  const id = dialect.identifier;
  // The newest run stays whatever its age: the next batch is counted from it.
  const [newest] = await session.query(`select max(${id('batch')}) as ${id('batch')} from ${id(runTable.name)}`);
  if (newest === undefined || optionalInteger(newest, 'batch') === undefined) return;
  const removed = await session.execute(
    `delete from ${id(runTable.name)} where ${id('started_at')} < ${dialect.timestamp(before)} and ${id('batch')} < ?`,
    [integer(newest, 'batch')],
  );
  if (removed === 0) return;
  for (const table of [stepTable, testFailureTable]) {
    await session.execute(
      `delete from ${id(table.name)} where ${id('run_id')} not in (select ${id('run_id')} from ${id(runTable.name)})`,
    );
  }
}

/** Deletes all but the newest rows of each key; the rows are ranked here, since MySQL cannot delete from what it reads. */
async function keepNewest(session: Session, dialect: Dialect, { table, key, keep }: Superseded): Promise<void> {
  const id = dialect.identifier;
  const name = id(table.name);
  const columns = key.map(id).join(', ');
  const ranked = `select ${columns}, ${id('batch')}, row_number() over (partition by ${columns} order by ${id('batch')} desc) as place from ${name}`;
  const oldest = await session.query(
    `select ${columns}, ${id('batch')} from (${ranked}) ranked where place = ${dialect.literal(keep + 1)}`,
  );
  const condition = [...key.map((column) => `${id(column)} = ?`), `${id('batch')} <= ?`].join(' and ');
  for (const row of oldest) {
    const parameters = [...key.map((column) => text(row, column)), integer(row, 'batch')];
    await session.execute(`delete from ${name} where ${condition}`, parameters);
  }
}
