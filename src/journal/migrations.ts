/** Creates the journal's tables and brings old ones up to date. */
import type { Dialect, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import { insertRows } from './insert.js';
import {
  detectedAtColumn,
  flagsColumn,
  type JournalTable,
  journalVersionOf,
  metaTable,
  runTable,
  selectionColumn,
  tablesOfVersion1,
  testResultTable,
  testValueColumn,
  watermarkTable,
} from './tables.js';
import { nowText } from './time.js';

interface Migration {
  readonly version: number;
  readonly description: string;
  /** Must do no harm when a run that was killed in the middle of it did a part already. */
  readonly apply: (session: Session, dialect: Dialect) => Promise<void>;
}

const migrations: readonly Migration[] = [
  {
    version: 1,
    description: 'runs, steps, watermarks, positions, table states, test failures',
    apply: async (session, dialect) => {
      for (const table of tablesOfVersion1) await createMissing(session, dialect, table);
    },
  },
  {
    version: 2,
    description: 'when the deletes of a source were last looked for',
    apply: async (session, dialect) => {
      await addMissing(session, dialect, watermarkTable, detectedAtColumn);
    },
  },
  {
    version: 3,
    description: 'which steps a run was to choose',
    apply: async (session, dialect) => {
      await addMissing(session, dialect, runTable, selectionColumn);
    },
  },
  {
    version: 4,
    description: 'what each data test last found',
    apply: async (session, dialect) => {
      await createMissing(session, dialect, testResultTable);
    },
  },
  {
    version: 5,
    description: 'the numbers that data tests compare with those of the next run',
    apply: async (session, dialect) => {
      await addMissing(session, dialect, testResultTable, testValueColumn);
    },
  },
  {
    version: 6,
    description: 'with which flags a run was called, to go on with it',
    apply: async (session, dialect) => {
      await addMissing(session, dialect, runTable, flagsColumn);
    },
  },
];

/**
 * Creates what is missing of the journal; one query where there is nothing to do. Call it outside a transaction, under the lease.
 * Errors: UNSUPPORTED where a newer chat-etl made the journal.
 */
export async function ensureJournal(session: Session, dialect: Dialect): Promise<void> {
  const present = await journalVersionOf(session, dialect);
  if (present === undefined) await createMissing(session, dialect, metaTable);
  for (const migration of migrations) {
    if (migration.version <= (present ?? 0)) continue;
    await migration.apply(session, dialect);
    await insertRows(session, dialect, metaTable, [
      { version: migration.version, applied_at: nowText(), description: migration.description },
    ]);
  }
}

async function createMissing(session: Session, dialect: Dialect, table: JournalTable): Promise<void> {
  if ((await session.columns(table.name)) !== undefined) return;
  await session.execute(dialect.createTable(table.name, table.columns, table.key));
}

async function addMissing(session: Session, dialect: Dialect, table: JournalTable, column: Column): Promise<void> {
  const there = await session.columns(table.name);
  if (there?.columns.some(({ name }) => name === column.name)) return;
  await session.execute(dialect.addColumn(table.name, column));
}
