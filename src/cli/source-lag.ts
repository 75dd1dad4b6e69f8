/** How far the warehouse is behind its sources: their largest cursor against what has been seen. */
import type { Config } from '../config/types.js';
import type { CursorDefinition, CursorValue, SourceDatabase, SourceRead } from '../engines/contract.js';
import { toEtlError } from '../errors.js';
import { epochMsOf } from '../journal/time.js';
import { maskSecrets } from '../mask.js';
import type { Source } from '../pipeline/types.js';
import type { SourceLag } from '../report/status.js';
import { openSourceConnection } from './warehouse.js';

/** The lag of each source; a source that cannot be asked is `unknown` and says why. */
export async function sourceLags(
  config: Config,
  sources: readonly Source[],
  seen: (table: string) => CursorValue | undefined,
): Promise<ReadonlyMap<string, SourceLag>> {
  const lags = new Map<string, SourceLag>();
  const connections = new Set(sources.map((source) => source.connection ?? config.run.from));
  for (const connection of connections) {
    const ofConnection = sources.filter((source) => (source.connection ?? config.run.from) === connection);
    try {
      const database = await openSourceConnection(config, connection);
      try {
        for (const source of ofConnection) lags.set(source.table, await lagOf(database, source, seen(source.table)));
      } finally {
        await database.close();
      }
    } catch (thrown) {
      const why = maskSecrets(toEtlError(thrown).message, config.secrets);
      for (const { table } of ofConnection) if (!lags.has(table)) lags.set(table, { kind: 'unknown', why });
    }
  }
  return lags;
}

async function lagOf(database: SourceDatabase, source: Source, seen: CursorValue | undefined): Promise<SourceLag> {
  const cursor = source.incremental?.cursor;
  if (cursor === undefined || seen === undefined) return { kind: 'unknown', why: 'it has not been read yet' };
  const snapshot = await database.snapshot();
  try {
    const newest = await snapshot.maxCursor(sourceRead(source), undefined);
    return newest === undefined ? { kind: 'unknown', why: 'the source is empty' } : difference(cursor, newest, seen);
  } finally {
    await snapshot.close();
  }
}

function sourceRead(source: Source): SourceRead {
  return {
    table: 'table' in source.from ? source.from.table : undefined,
    query: 'query' in source.from ? source.from.query : undefined,
    columns: source.columns,
    key: source.key,
    cursor: source.incremental?.cursor,
  };
}

const millisecondsPer = { s: 1000, ms: 1, us: 0.001 } as const;

function difference(cursor: CursorDefinition, newest: CursorValue, seen: CursorValue): SourceLag {
  if (cursor.unit === 'timestamp') return { kind: 'time', behindMs: epochMsOf(newest) - epochMsOf(seen) };
  const behind = Number(newest) - Number(seen);
  return cursor.unit === 'id'
    ? { kind: 'ids', behind }
    : { kind: 'time', behindMs: behind * millisecondsPer[cursor.unit] };
}
