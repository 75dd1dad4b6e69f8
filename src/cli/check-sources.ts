/** Asks the databases that sources are read from whether a run could read them, and how their tables are now. */
import { driftProblems } from '../check/drift.js';
import { problemOf } from '../check/sql-problem.js';
import type { Config } from '../config/types.js';
import type { SourceDatabase } from '../engines/contract.js';
import type { Place, Problem } from '../errors.js';
import { readRecord } from '../introspect/read-record.js';
import type { SourceRecord } from '../introspect/record.js';
import { recordSources } from '../introspect/record-sources.js';
import type { Project, Source } from '../pipeline/types.js';
import { lookbackAlone } from '../run/source-notices.js';
import { indexWarning } from '../run/source-warnings.js';
import { sourcesByConnection } from './introspect-sources.js';
import { openSourceConnection } from './warehouse.js';

export interface SourcesCheck {
  readonly problems: readonly Problem[];
  /** How the tables are now, of the connections that answered. */
  readonly records: ReadonlyMap<string, SourceRecord>;
  /** Staging tables of sources that cannot be read. */
  readonly unreadable: ReadonlySet<string>;
}

/** @param placeOf where the config defines a connection */
export async function checkSources(
  config: Config,
  project: Project,
  placeOf: (connection: string) => Place,
): Promise<SourcesCheck> {
  const problems: Problem[] = [];
  const records = new Map<string, SourceRecord>();
  const unreadable = new Set<string>();
  for (const [connection, sources] of sourcesByConnection(config, project)) {
    try {
      const database = await openSourceConnection(config, connection);
      try {
        const looked = await lookAt(connection, database, sources);
        const { record } = await readRecord(config.root, connection);
        records.set(connection, looked.record);
        problems.push(...looked.problems, ...driftProblems(sources, record, looked.record));
        for (const table of looked.unreadable) unreadable.add(table);
      } finally {
        await database.close();
      }
    } catch (thrown) {
      problems.push(problemOf(thrown, placeOf(connection)));
    }
  }
  return { problems, records, unreadable };
}

async function lookAt(connection: string, database: SourceDatabase, sources: readonly Source[]) {
  const problems: Problem[] = [];
  const unreadable: string[] = [];
  const readable: Source[] = [];
  for (const source of sources) {
    try {
      await recordSources(connection, database, [source]);
      problems.push(...(await indexWarning(database, source)));
      readable.push(source);
    } catch (thrown) {
      problems.push(problemOf(thrown, source.where));
      unreadable.push(source.table);
    }
  }
  const [first] = readable.filter(({ incremental }) => incremental !== undefined);
  if (first !== undefined) {
    const open = await database.openWork();
    const message = lookbackAlone(
      connection,
      readable.filter(({ incremental }) => incremental !== undefined),
      open,
    );
    if (open.protection === 'lookback') problems.push({ severity: 'warning', message, where: first.where });
  }
  return { record: await recordSources(connection, database, readable), problems, unreadable };
}
