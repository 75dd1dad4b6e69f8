/** Checks the SQL of a project without its databases: on an empty warehouse in memory, made from what is recorded of the sources. */
import { checkEmptyWarehouse, type WarehouseCheck } from '../check/empty-warehouse.js';
import type { Config } from '../config/types.js';
import { readRecord } from '../introspect/read-record.js';
import type { SourceRecord } from '../introspect/record.js';
import type { Definitions } from '../pipeline/load.js';
import { withoutSecrets } from './check-definitions.js';

/**
 * Errors: IO where a record cannot be read.
 * @param live in the place of what is recorded of a connection
 */
export async function checkOffline(
  config: Config,
  definitions: Definitions,
  live: ReadonlyMap<string, SourceRecord> = new Map(),
): Promise<WarehouseCheck> {
  const used = new Set(definitions.sources.map(({ step }) => step.connection ?? config.run.from));
  const read = await Promise.all(
    [...used].map(async (connection) => [connection, await readRecord(config.root, connection)] as const),
  );
  const records = new Map<string, SourceRecord | undefined>();
  for (const [connection, { record, problems }] of read) {
    if (record !== undefined || problems.length > 0) records.set(connection, record);
  }
  for (const [connection, record] of live) records.set(connection, record);
  const ofRecords = read.flatMap(([, { problems }]) => problems);
  const [{ openInMemory }, { engine }] = await Promise.all([
    import('../engines/duckdb/in-memory.js'),
    import('../engines/duckdb/index.js'),
  ]);
  const database = await openInMemory(config.run.timeoutMs);
  try {
    const { session } = database;
    const { problems, unchecked, tables } = await checkEmptyWarehouse({
      config,
      definitions,
      records,
      engine,
      session,
    });
    return {
      problems: [...ofRecords, ...problems].map((problem) => withoutSecrets(problem, config)),
      unchecked,
      tables,
    };
  } finally {
    await database.close();
  }
}
