/** A DuckDB file being read. While it is open no other process can write to it, so that all it holds is committed. */
import { statSync } from 'node:fs';
import { type DuckDBConnection, version } from '@duckdb/node-api';
import type {
  Attachment,
  ConnectionDefinition,
  CursorValue,
  Engine,
  OpenSettings,
  OpenWork,
  PageOptions,
  SourceDatabase,
  SourceRead,
  SourceSnapshot,
  TableDetails,
} from '../contract.js';
import { toBounds, toSummaries } from '../ranges.js';
import type { Column, ResultRow } from '../types.js';
import { connect, openToRead } from './connect.js';
import { parseOptions } from './options.js';
import { readPages } from './read-pages.js';
import {
  selectAll,
  selectBounds,
  selectMaxCursor,
  selectRows,
  selectShape,
  selectSummaries,
  selectWithin,
} from './read-select.js';
import { DuckdbSession } from './session.js';
import { readTableDetails } from './table-details.js';

/** Opens a file that exists, read-only. Errors: CONNECTION, DEFINITION. */
export async function openSource(
  engine: Engine,
  connection: ConnectionDefinition,
  settings: OpenSettings,
): Promise<SourceDatabase> {
  const file = await openToRead(parseOptions(connection));
  return new DuckdbSource({
    engine,
    settings,
    serverId: identityOf(file.path),
    // The warehouse makes the attached file its default database, so that no table in a query needs the alias.
    attachment: { engine: engine.name, path: file.path, select: selectRows },
    connect: () => connect(file),
    close: () => file.release(),
  });
}

export interface DuckdbSourceParts {
  readonly engine: Engine;
  readonly settings: OpenSettings;
  readonly serverId: string;
  /** Where the database is a file that a warehouse can attach. */
  readonly attachment: Attachment | undefined;
  /** A connection of its own, whose tables need no qualified names. */
  readonly connect: () => Promise<DuckDBConnection>;
  readonly close: () => void;
}

/** A database that nobody writes to while it is read. */
export class DuckdbSource implements SourceDatabase {
  readonly engine: Engine;
  readonly serverVersion = `DuckDB ${version()}`;
  readonly serverId: string;
  readonly #parts: DuckdbSourceParts;

  constructor(parts: DuckdbSourceParts) {
    this.engine = parts.engine;
    this.serverId = parts.serverId;
    this.#parts = parts;
  }

  describe(read: SourceRead): Promise<readonly Column[]> {
    return this.#once((session) => describeRead(session, read));
  }

  details(table: string): Promise<TableDetails> {
    return this.#once((session) => readTableDetails(session, table));
  }

  /** DuckDB skips blocks by their smallest and largest values; it needs no index for that. */
  async hasCursorIndex(): Promise<undefined> {
    return undefined;
  }

  clock(): Promise<string> {
    return this.#once(async (session) => {
      const [row] = await session.query('select cast(now() as timestamp) as clock');
      return String(row?.clock);
    });
  }

  /** Nobody else can have the file open to write to it. */
  async openWork(): Promise<OpenWork> {
    return { horizon: await this.clock(), oldest: undefined, protection: 'exclusive' };
  }

  async snapshot(): Promise<SourceSnapshot> {
    const { connection, session } = await this.#open();
    return {
      describe: (read) => describeRead(session, read),
      maxCursor: (read, cap) => maxCursor(session, read, cap),
      bounds: async (read, columns, signal) =>
        toBounds((await cancellable(session, selectBounds(read, columns), signal))[0]),
      summarize: async (read, columns, request, signal) =>
        toSummaries(await cancellable(session, selectSummaries(read, columns, request), signal)),
      read: (read, columns, options) => readPages(connection, selectPages(read, columns, options), options),
      attachment: this.#parts.attachment,
      close: () => session.close(),
    };
  }

  async close(): Promise<void> {
    this.#parts.close();
  }

  async #open() {
    const connection = await this.#parts.connect();
    return { connection, session: new DuckdbSession({ connection, settings: this.#parts.settings }) };
  }

  async #once<T>(work: (session: DuckdbSession) => Promise<T>): Promise<T> {
    const { session } = await this.#open();
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }
}

async function describeRead(session: DuckdbSession, read: SourceRead): Promise<readonly Column[]> {
  const available = await session.describe(selectAll(read));
  const names = available.map((column) => column.name);
  return session.describe(selectShape(read, names));
}

function selectPages(read: SourceRead, columns: readonly Column[], { from, within }: PageOptions): string {
  return within === undefined ? selectRows(read, columns, from) : selectWithin(read, columns, within);
}

async function cancellable(session: DuckdbSession, sql: string, signal: AbortSignal): Promise<readonly ResultRow[]> {
  signal.throwIfAborted();
  const stop = () => void session.cancel();
  signal.addEventListener('abort', stop);
  try {
    return await session.query(sql);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function maxCursor(
  session: DuckdbSession,
  read: SourceRead,
  cap: CursorValue | undefined,
): Promise<CursorValue | undefined> {
  if (read.cursor === undefined) return undefined;
  const [row] = await session.query(selectMaxCursor(read, read.cursor, cap));
  return typeof row?.largest === 'string' ? row.largest : undefined;
}

/** Another file in the same place, such as a restored copy, is another source. */
function identityOf(path: string): string {
  const { dev, ino, birthtimeMs } = statSync(path);
  return `${path}#${dev}-${ino}-${Math.round(birthtimeMs)}`;
}
