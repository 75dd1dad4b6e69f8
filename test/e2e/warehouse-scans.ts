/** What statements on a DuckDB warehouse read of its tables, as DuckDB's profile of each tells. */
import { readFileSync, rmSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { vi } from 'vitest';

/** Rows of a group in which the watched warehouse keeps its tables; DuckDB's own size is 122,880. */
export const groupRows = 2048;

/** One reading of a table by a statement. */
export interface Scan {
  readonly table: string;
  /** All of the groups of rows that it did not pass over by their least and largest values. */
  readonly rowsRead: number;
  readonly statement: string;
}

/**
 * Watches every warehouse that is opened until the mocks are restored. `take` gives the scans since the last time. Tables of
 * other databases than the file, such as work tables and sources, are left out.
 */
export function watchWarehouse(fileName: string): { take(): readonly Scan[] } {
  let scans: Scan[] = [];
  const create = DuckDBInstance.create.bind(DuckDBInstance);
  vi.spyOn(DuckDBInstance, 'create').mockImplementation(async (path = '', options = {}) => {
    if (!path.endsWith(fileName)) return create(path, options);
    // The size of groups is for files that are attached. By one thread rows are stored in the same order each time.
    const { access_mode: _, ...others } = options;
    const instance = await create(':memory:', { ...others, threads: '1' });
    const connect = instance.connect.bind(instance);
    const first = await connect();
    await first.run(`attach '${path}' as ${warehouse} (row_group_size ${groupRows})`);
    first.closeSync();
    let connections = 0;
    instance.connect = async () => {
      connections += 1;
      const profile = `${path}.${connections}.json`;
      return profiled(await connect(), profile, (scan) => scans.push(scan));
    };
    return instance;
  });
  return {
    take() {
      const taken = scans;
      scans = [];
      return taken;
    },
  };
}

const warehouse = 'watched';
const prefix = `${warehouse}.main.`;

/** A part of a statement's plan, as the profile has it. */
interface Operator {
  readonly operator_rows_scanned?: number;
  readonly extra_info?: { readonly Table?: string };
  readonly children?: readonly Operator[];
}

/** @param file where DuckDB writes the profile of each statement */
async function profiled(
  connection: DuckDBConnection,
  file: string,
  onScan: (scan: Scan) => void,
): Promise<DuckDBConnection> {
  const run = connection.run.bind(connection);
  await run(`use ${warehouse}`);
  await run("pragma enable_profiling = 'json'");
  await run(`set profiling_output = '${file}'`);
  await run("set profiling_coverage = 'ALL'");
  await run(`set custom_profiling_settings = '{"OPERATOR_ROWS_SCANNED": "true", "EXTRA_INFO": "true"}'`);
  connection.run = async (statement, ...bound) => {
    rmSync(file, { force: true });
    const result = await run(statement, ...bound);
    for (const { operator_rows_scanned: rowsRead = 0, extra_info } of operators(readProfile(file))) {
      const table = extra_info?.Table;
      if (table?.startsWith(prefix)) onScan({ table: table.slice(prefix.length), rowsRead, statement });
    }
    return result;
  };
  return connection;
}

function readProfile(file: string): Operator {
  return JSON.parse(readFileSync(file, 'utf8')) as Operator;
}

function operators(operator: Operator): readonly Operator[] {
  return [operator, ...(operator.children ?? []).flatMap(operators)];
}
