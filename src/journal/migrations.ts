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
  tableIdColumn,
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
  readonly apply: (journal: JournalTables) => Promise<void>;
}

const migrations: readonly Migration[] = [
  {
    version: 1,
    description: 'runs, steps, watermarks, positions, table states, test failures',
    apply: async (journal) => {
      for (const table of tablesOfVersion1) await journal.create(table);
    },
  },
  {
    version: 2,
    description: 'when the deletes of a source were last looked for',
    apply: (journal) => journal.add(watermarkTable, detectedAtColumn),
  },
  {
    version: 3,
    description: 'which steps a run was to choose',
    apply: (journal) => journal.add(runTable, selectionColumn),
  },
  {
    version: 4,
    description: 'what each data test last found',
    apply: (journal) => journal.create(testResultTable),
  },
  {
    version: 5,
    description: 'the numbers that data tests compare with those of the next run',
    apply: (journal) => journal.add(testResultTable, testValueColumn),
  },
  {
    version: 6,
    description: 'with which flags a run was called, to go on with it',
    apply: (journal) => journal.add(runTable, flagsColumn),
  },
  {
    version: 7,
    description: 'which table of its name a source was read from',
    apply: (journal) => journal.add(watermarkTable, tableIdColumn),
  },
];

/**
 * Creates what is missing of the journal; one query where there is nothing to do. Call it outside a transaction, under the lease.
 * Errors: UNSUPPORTED where a newer chat-etl made the journal.
 */
export async function ensureJournal(session: Session, dialect: Dialect): Promise<void> {
  const present = await journalVersionOf(session, dialect);
  const due = migrations.filter(({ version }) => version > (present ?? 0));
  if (due.length === 0) return;
  const journal = new JournalTables(session, dialect);
  if (present === undefined) await journal.create(metaTable);
  for (const { apply } of due) await apply(journal);
  const applied = due.map(({ version, description }) => ({ version, applied_at: nowText(), description }));
  await insertRows(session, dialect, metaTable, applied);
}

/** The journal's tables while they are made; what was made just now has the columns of today. */
class JournalTables {
  readonly #session: Session;
  readonly #dialect: Dialect;
  readonly #made = new Set<JournalTable>();

  constructor(session: Session, dialect: Dialect) {
    this.#session = session;
    this.#dialect = dialect;
  }

  /** Where it is missing. */
  async create(table: JournalTable): Promise<void> {
    if ((await this.#session.columns(table.name)) !== undefined) return;
    await this.#session.execute(this.#dialect.createTable(table.name, table.columns, table.key));
    this.#made.add(table);
  }

  /** A column, where it is missing. */
  async add(table: JournalTable, column: Column): Promise<void> {
    if (this.#made.has(table) && table.columns.includes(column)) return;
    const there = await this.#session.columns(table.name);
    if (there?.columns.some(({ name }) => name === column.name)) return;
    await this.#session.execute(this.#dialect.addColumn(table.name, column));
  }
}
