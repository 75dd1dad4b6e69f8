/** A small project in a folder of its own, with a chat database on the tests' server and a warehouse of either engine. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openProject } from '../../src/cli/project.js';
import type { Session } from '../../src/engines/contract.js';
import { loadEngine } from '../../src/engines/registry.js';
import type { ResultRow } from '../../src/engines/types.js';
import type { RunEvent, RunReport } from '../../src/run/events.js';
import type { Selection } from '../../src/run/options.js';
import { run } from '../../src/run/run.js';
import { freshDatabase, type TestDatabase } from '../servers/database.js';

export type Target = 'duckdb' | 'mysql';
export const targets: readonly Target[] = ['duckdb', 'mysql'];

export interface LabRun extends Partial<Selection> {
  readonly asOf?: string;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

export interface Lab {
  readonly root: string;
  readonly target: Target;
  readonly oltp: TestDatabase;
  read(file: string): Promise<string>;
  write(file: string, text: string): Promise<void>;
  edit(file: string, from: string, to: string): Promise<void>;
  run(options?: LabRun): Promise<RunReport>;
  /** Runs and fails the test where the run fails. */
  runWell(options?: LabRun): Promise<RunReport>;
  /** All rows of a table of the warehouse, as JSON lines in a stable order. */
  rows(table: string, columns?: string): Promise<readonly string[]>;
  /** As `rows`, for several tables. */
  allRows(tables: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>>;
  query(sql: string): Promise<readonly ResultRow[]>;
  /** Rows of every given table after a run of the same definitions into an empty warehouse. */
  rebuilt(tables: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>>;
  close(): Promise<void>;
}

export interface LabOptions {
  readonly target: Target;
  readonly files: Readonly<Record<string, string>>;
  /** Statements that make the chat database. */
  readonly oltp: readonly string[];
  readonly config?: string;
  /** Options of the connections as the config has them, e.g. the port of a proxy; the test itself goes straight to the server. */
  readonly through?: Readonly<Partial<Record<'oltp' | 'olap', Readonly<Record<string, unknown>>>>>;
  /** URL of the server for its databases, where that is not the tests' usual one. */
  readonly server?: string;
  /** URL of the server for its warehouses, where that is another one. */
  readonly warehouseServer?: string;
}

export async function openLab(options: LabOptions): Promise<Lab> {
  const root = await mkdtemp(join(tmpdir(), 'chat-etl-lab-'));
  const oltp = await freshDatabase('lab_oltp', options.server);
  for (const statement of options.oltp) await oltp.query(statement);
  const warehouse = await newWarehouse(options, root, 'warehouse');
  const second: Warehouse[] = [];
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  };
  for (const [file, text] of Object.entries(options.files)) await write(file, text);
  await write('chat-etl.config.yaml', configText(oltp, warehouse, options));

  const runIn = async (labRun: LabRun = {}): Promise<RunReport> => {
    const { config, project } = await openProject({ root, env: {} });
    return run({
      config,
      project,
      selection: {
        pipelines: labRun.pipelines ?? [],
        withUpstreams: labRun.withUpstreams ?? true,
        fullRefresh: labRun.fullRefresh ?? false,
        reload: labRun.reload ?? [],
        detect: labRun.detect ?? [],
        ...(labRun.reconcile === undefined ? {} : { reconcile: labRun.reconcile }),
      },
      trigger: 'test',
      asOf: labRun.asOf,
      signal: labRun.signal ?? new AbortController().signal,
      onEvent: labRun.onEvent ?? (() => undefined),
    });
  };
  const runWell = async (labRun?: LabRun) => {
    const report = await runIn(labRun);
    if (report.status !== 'succeeded') throw new Error(JSON.stringify(report.error, undefined, 2));
    return report;
  };
  return {
    root,
    target: options.target,
    oltp,
    read: (file) => readFile(join(root, file), 'utf8'),
    write,
    edit: async (file, from, to) => {
      const text = await readFile(join(root, file), 'utf8');
      if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
      await writeFile(join(root, file), text.replace(from, to));
    },
    run: runIn,
    runWell,
    rows: (table, columns = '*') => withSession(root, warehouse, (session) => sortedRows(session, table, columns)),
    allRows: (tables) => withSession(root, warehouse, (session) => rowsOfTables(session, tables)),
    query: (sql) => withSession(root, warehouse, (session) => session.query(sql)),
    rebuilt: async (tables) => {
      const other = await newWarehouse(options, root, `rebuilt${second.length}`);
      second.push(other);
      const config = await readFile(join(root, 'chat-etl.config.yaml'), 'utf8');
      await write(
        'chat-etl.config.yaml',
        config.replace(/^ {2}olap: .*$/m, () => olapLine(other)),
      );
      try {
        await runWell();
      } finally {
        await write('chat-etl.config.yaml', config);
      }
      return withSession(root, other, (session) => rowsOfTables(session, tables));
    },
    close: async () => {
      await oltp.drop();
      await Promise.all([warehouse, ...second].map((it) => it.drop()));
      await rm(root, { recursive: true, force: true });
    },
  };
}

interface Warehouse {
  readonly type: Target;
  readonly options: Readonly<Record<string, unknown>>;
  drop(): Promise<void>;
}

async function newWarehouse(
  { target, server, warehouseServer = server }: Pick<LabOptions, 'target' | 'server' | 'warehouseServer'>,
  root: string,
  name: string,
): Promise<Warehouse> {
  if (target === 'duckdb') {
    return { type: target, options: { path: join(root, `${name}.duckdb`) }, drop: async () => undefined };
  }
  const database = await freshDatabase('lab_olap', warehouseServer);
  return { type: target, options: database.options, drop: () => database.drop() };
}

function configText(oltp: TestDatabase, warehouse: Warehouse, { config = '', through = {} }: LabOptions): string {
  return `connections:
  oltp: ${JSON.stringify({ type: 'mysql', ...oltp.options, ...through.oltp })}
${olapLine({ ...warehouse, options: { ...warehouse.options, ...through.olap } })}
run: { from: oltp, into: olap }
${config}
`;
}

function olapLine({ type, options }: Pick<Warehouse, 'type' | 'options'>): string {
  return `  olap: ${JSON.stringify({ type, ...options })}`;
}

async function withSession<T>(root: string, warehouse: Warehouse, work: (session: Session) => Promise<T>): Promise<T> {
  const engine = await loadEngine(warehouse.type);
  const definition = { name: 'olap', type: warehouse.type, options: warehouse.options, root };
  const opened = await engine.openWarehouse(definition, { timeoutMs: 60_000, label: 'test' });
  try {
    const session = await opened.session();
    const result = await work(session);
    await session.close();
    return result;
  } finally {
    await opened.close();
  }
}

async function sortedRows(session: Session, table: string, columns: string): Promise<readonly string[]> {
  const rows = await session.query(`select ${columns} from ${table}`);
  return rows.map(rowText).sort();
}

async function rowsOfTables(session: Session, tables: readonly string[]) {
  const rows: Record<string, readonly string[]> = {};
  for (const table of tables) rows[table] = await sortedRows(session, table, '*');
  return rows;
}

/** Booleans are numbers on MySQL, and whole numbers bigint or not: one form for both. */
function rowText(row: ResultRow): string {
  return JSON.stringify(row, (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : typeof value === 'boolean' ? Number(value) : value,
  );
}
