/** The project of the repository's root, in a folder and with a warehouse of its own. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openProject } from '../../src/cli/project.js';
import { withWarehouse } from '../../src/cli/warehouse.js';
import type { Column } from '../../src/engines/types.js';
import type { RunReport } from '../../src/run/events.js';
import type { Selection } from '../../src/run/options.js';
import { run } from '../../src/run/run.js';
import { freshDatabase, type TestDatabase } from '../servers/database.js';
import { type TableRows, tableRows } from './shipped-rows.js';

/** What every run takes for now: in the week that the last changes are made in. */
export const asOf = '2024-07-02 12:00:00';

const shipped = fileURLToPath(new URL('../../', import.meta.url));

export interface ShippedProject {
  readonly root: string;
  /** Tables of all sources and models. */
  readonly tables: readonly string[];
  readonly pipelines: readonly string[];
  /** Staging tables. */
  readonly sources: readonly string[];
  /** Fails the test where the run fails. All pipelines, unless some are named. */
  run(pipelines?: readonly string[], withUpstreams?: boolean, more?: Partial<Selection>): Promise<RunReport>;
  /** All tables, unless some are named. */
  read(names?: readonly string[]): Promise<Warehouse>;
  close(): Promise<void>;
}

/** All of a warehouse's tables, by name. */
export type Warehouse = ReadonlyMap<string, TableRows & { readonly types: readonly Column[] }>;

export interface ShippedOptions {
  /** The chat database; undefined for the embedded one of the project as it stands. */
  readonly oltp?: TestDatabase;
  readonly into?: 'duckdb' | 'mysql';
  readonly atomicity?: 'run' | 'step';
}

/** Uses the environments that the shipped config has: none, `mysql` or `prod`. */
export async function openShipped({
  oltp,
  into = 'duckdb',
  atomicity = 'run',
}: ShippedOptions): Promise<ShippedProject> {
  const root = await mkdtemp(join(tmpdir(), 'chat-etl-shipped-'));
  for (const folder of ['pipelines', 'sql']) await cp(join(shipped, folder), join(root, folder), { recursive: true });
  const configText = await readFile(join(shipped, 'chat-etl.config.yaml'), 'utf8');
  await writeFile(join(root, 'chat-etl.config.yaml'), configText.replace(/atomicity: \w+/, `atomicity: ${atomicity}`));
  const olap = into === 'mysql' ? await freshDatabase('shipped_olap') : undefined;
  const environment = olap === undefined ? (oltp === undefined ? undefined : 'mysql') : 'prod';
  const env = { ...variables('OLTP', oltp), ...variables('OLAP', olap) };
  const { config, project } = await openProject({ root, environment, env });
  const tables = [...project.sources.keys(), ...project.models.keys()];
  return {
    root,
    tables,
    pipelines: project.pipelines.map(({ name }) => name),
    sources: [...project.sources.keys()],
    async run(pipelines = [], withUpstreams = true, more = {}) {
      const selection = { pipelines, withUpstreams, fullRefresh: false, reload: [], ...more };
      const { signal } = new AbortController();
      const report = await run({
        config,
        project,
        selection,
        trigger: 'test',
        asOf,
        signal,
        onEvent: () => undefined,
      });
      if (report.status !== 'succeeded') throw new Error(JSON.stringify(report.error, undefined, 2));
      return report;
    },
    read: (names = tables) =>
      withWarehouse(config, async (session, dialect) => {
        const found: (readonly [string, TableRows & { readonly types: readonly Column[] }])[] = [];
        for (const table of names) {
          const types = (await session.columns(table))?.columns ?? [];
          const rows = await session.query(`select * from ${dialect.identifier(table)}`);
          found.push([table, { ...tableRows(types, rows), types }]);
        }
        return new Map(found);
      }),
    async close() {
      await olap?.drop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function variables(prefix: string, database: TestDatabase | undefined): Readonly<Record<string, string>> {
  if (database === undefined) return {};
  return {
    [`${prefix}_HOST`]: database.host,
    [`${prefix}_PORT`]: String(database.port),
    [`${prefix}_USER`]: database.user,
    [`${prefix}_PASSWORD`]: database.password,
    [`${prefix}_DATABASE`]: database.database,
  };
}
