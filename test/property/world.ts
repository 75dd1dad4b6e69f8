/** One history: a chat database in memory, a warehouse, and what must hold after every run and at the end. */
import { randomBytes } from 'node:crypto';
import { vi } from 'vitest';
import type { ConnectionDefinition, Engine, Session, Warehouse } from '../../src/engines/contract.js';
import { loadEngine } from '../../src/engines/registry.js';
import type { ResultRow } from '../../src/engines/types.js';
import type { RunReport } from '../../src/run/events.js';
import type { Selection } from '../../src/run/options.js';
import { run } from '../../src/run/run.js';
import { ChatModel } from './chat-model.js';
import { type Definitions, firstDefinitions, lawTables, projectOf, snapshotTables } from './definitions.js';
import { expectedTables, liveUsers } from './expected.js';
import { doWrite, type Operation, type Run, redefinitions } from './operations.js';

/** Where a history's tables are: a connection with an empty warehouse, thrown away after. */
export interface Place {
  readonly connection: ConnectionDefinition;
  /** An expression for the schema of its tables. */
  readonly schema: string;
  drop(): Promise<void>;
}
export interface Surroundings {
  /** Folder for project files. */
  readonly root: string;
  newPlace(): Promise<Place>;
  /** How often each operation was done. */
  readonly counts: Map<string, number>;
}

const everything: Definitions = { ...firstDefinitions, copy: true, userTotals: true };

type Tables = Readonly<Record<string, readonly string[]>>;

/** The chat databases that runs read, by the name in their connection. */
export const chats = new Map<string, ChatModel>();
export const memoryEngine = {
  name: 'memory',
  openSource: async ({ options }: ConnectionDefinition) => {
    const chat = chats.get(String(options.chat));
    if (chat === undefined) throw new Error('no such chat');
    return chat.database(memoryEngine);
  },
} as unknown as Engine;

/** Plays the operations and checks what must hold. Errors say what does not. */
export async function playHistory(surroundings: Surroundings, operations: readonly Operation[]): Promise<void> {
  const place = await surroundings.newPlace();
  const world = new World(surroundings, place);
  try {
    for (const operation of operations) await world.do(operation);
    await world.end();
  } finally {
    chats.delete(world.name);
    await place.drop();
  }
}

class World {
  readonly name = randomBytes(6).toString('hex');
  readonly #chat = new ChatModel();
  readonly #around: Surroundings;
  readonly #place: Place;
  #definitions: Definitions = firstDefinitions;
  #builtAll = false;
  #lost = false;
  readonly #closed = new Map<string, Set<string>>();

  constructor(around: Surroundings, place: Place) {
    this.#around = around;
    this.#place = place;
    chats.set(this.name, this.#chat);
    for (const user of [0, 1, 2]) doWrite(this.#chat, { op: 'new user', user });
    for (const n of [0, 1, 2, 3]) {
      doWrite(this.#chat, { op: 'insert', user: n, chat: 1 + (n % 2), day: n, chars: n + 1 });
    }
    doWrite(this.#chat, { op: 'reaction', reaction: 0, message: 0 });
    doWrite(this.#chat, { op: 'event', user: 0 });
  }

  async do(operation: Operation): Promise<void> {
    this.#chat.wait(60);
    const done = await this.#try(operation);
    if (done !== undefined) this.#around.counts.set(done, (this.#around.counts.get(done) ?? 0) + 1);
  }

  /** The name under which the operation counts; undefined where it could not be done. */
  async #try(operation: Operation): Promise<string | undefined> {
    if (operation.op === 'redefine') {
      this.#definitions = redefinitions[operation.what](this.#definitions);
      return `redefine ${operation.what}`;
    }
    if (isRun(operation)) return this.#run(operation);
    const done = doWrite(this.#chat, operation);
    if (done && operation.op === 'hard delete') this.#lost = true;
    return done ? operation.op : undefined;
  }

  async #run(operation: Run): Promise<string> {
    const { op } = operation;
    switch (op) {
      case 'run':
        await this.#runWell({});
        this.#builtAll = true;
        return op;
      case 'run of': {
        // Steps can only do without what they need once that is there.
        const withUpstreams = operation.withUpstreams || !this.#builtAll;
        await this.#runWell({ pipelines: operation.pipelines, withUpstreams });
        return withUpstreams ? op : `${op}, --no-deps`;
      }
      case 'run --full-refresh':
        await this.#runWell({ pipelines: operation.pipelines, fullRefresh: true });
        return op;
      case 'run --reload':
        await this.#runWell({ reload: operation.reload });
        this.#builtAll = true;
        return op;
      case 'failed run':
        return `${op}, ${this.#definitions.atomicity}: ${await this.#runBadly({ ...this.#definitions, broken: operation.broken }, {})}`;
      case 'aborted run':
        return `${op}, ${this.#definitions.atomicity}: ${await this.#runBadly(this.#definitions, operation)}`;
    }
  }

  async #runWell(selection: Partial<Selection>): Promise<void> {
    const report = await this.#start(this.#place, this.#definitions, selection);
    if (report.status !== 'succeeded')
      throw new Error(`run ${report.status}: ${JSON.stringify(report.error, null, 1)}`);
    await this.#check();
  }

  /** A run that may fail: where it does, and is one transaction, all tables are as before. */
  async #runBadly(definitions: Definitions, abort: Partial<Extract<Run, { op: 'aborted run' }>>): Promise<string> {
    const before = await this.#tables();
    const report = await this.#start(this.#place, definitions, {}, abort);
    if (report.status === 'succeeded') this.#builtAll = true;
    else if (definitions.atomicity === 'run') {
      const { capabilities } = await loadEngine(this.#place.connection.type);
      const seen = capabilities.transactionalDdl ? (tables: Tables) => tables : withoutPreparations;
      equal(`after a ${report.status} run`, seen(await this.#tables()), seen(before));
    }
    await this.#check();
    return report.status;
  }

  async #start(
    place: Place,
    definitions: Definitions,
    selection: Partial<Selection>,
    { atEvent, by }: Partial<Extract<Run, { op: 'aborted run' }>> = {},
  ): Promise<RunReport> {
    const { config, project } = await projectOf(this.#around.root, definitions);
    const oltp = { name: 'oltp', type: 'memory', options: { chat: this.name }, root: '' };
    const aborter = new AbortController();
    let events = 0;
    vi.setSystemTime(this.#chat.date);
    return run({
      config: { ...config, connections: { oltp, olap: place.connection } },
      project,
      selection: { pipelines: [], withUpstreams: true, fullRefresh: false, reload: [], ...selection },
      trigger: 'test',
      asOf: undefined,
      signal: aborter.signal,
      onEvent: () => {
        if (events++ !== atEvent) return;
        if (by === 'throw') throw new Error('the listener broke');
        aborter.abort();
      },
    });
  }

  /** Holds after every run: the closed rows of snapshots are what they were. */
  async #check(): Promise<void> {
    const tables = await this.#tables(this.#place, snapshotTables);
    for (const table of snapshotTables) {
      const rows = tables[table] ?? [];
      for (const closed of this.#closed.get(table) ?? []) {
        if (!rows.includes(closed)) throw new Error(`${table}: a closed row is not what it was: ${closed}`);
      }
      this.#closed.set(table, new Set(rows.filter((row) => JSON.parse(row).is_current === 0)));
    }
  }

  async end(): Promise<void> {
    this.#chat.commitAll();
    this.#definitions = { ...this.#definitions, atomicity: 'run' };
    this.#chat.wait(60);
    await this.#runWell(this.#lost ? { reload: ['messages'] } : {});
    const tables = await this.#tables();
    const other = await this.#around.newPlace();
    try {
      const report = await this.#start(other, this.#definitions, {});
      if (report.status !== 'succeeded') throw new Error(`rebuild ${report.status}: ${JSON.stringify(report.error)}`);
      const rebuilt = await this.#tables(other);
      for (const table of lawTables(this.#definitions)) {
        equal(`${table} and its rebuild`, { [table]: tables[table] ?? [] }, { [table]: rebuilt[table] ?? [] });
      }
    } finally {
      await other.drop();
    }
    for (const [table, rows] of Object.entries(expectedTables(this.#chat, this.#definitions))) {
      equal(`${table} and what it must be`, { [table]: tables[table] ?? [] }, { [table]: texts(rows) });
    }
    for (const table of snapshotTables) {
      const open = (tables[table] ?? []).map((row) => JSON.parse(row)).filter((row) => row.is_current === 1);
      const shown = open.map(({ user_id, name, country }) => ({ user_id, name, country }));
      equal(`the open rows of ${table}`, { [table]: texts(shown) }, { [table]: texts(liveUsers(this.#chat)) });
    }
  }

  /** Every table that is there. */
  async #tables(place = this.#place, names: readonly string[] = [...lawTables(everything), ...snapshotTables]) {
    return withSession(place, async (session) => {
      const there = await session.query(
        `select table_name as name from information_schema.tables where table_schema = ${place.schema}`,
      );
      const tables: Record<string, readonly string[]> = {};
      for (const table of names) {
        if (!there.some(({ name }) => name === table)) continue;
        tables[table] = texts(await session.query(`select * from ${table}`));
      }
      return tables;
    });
  }
}

function isRun(operation: Exclude<Operation, { op: 'redefine' }>): operation is Run {
  return operation.op.includes('run');
}

async function withSession<T>({ connection }: Place, work: (session: Session) => Promise<T>): Promise<T> {
  const engine = await loadEngine(connection.type);
  const warehouse: Warehouse = await engine.openWarehouse(connection, { timeoutMs: 60_000, label: 'test' });
  try {
    const session = await warehouse.session();
    const result = await work(session);
    await session.close();
    return result;
  } finally {
    await warehouse.close();
  }
}

/** Where DDL cannot be rolled back, a run that fails may leave new tables and columns, without any value. */
function withoutPreparations(tables: Tables): Tables {
  const withoutNulls = (row: string) => JSON.stringify(JSON.parse(row, (_, value) => value ?? undefined));
  const filled = Object.entries(tables).filter(([, rows]) => rows.length > 0);
  return Object.fromEntries(filled.map(([table, rows]) => [table, rows.map(withoutNulls)]));
}

function texts(rows: readonly ResultRow[]): readonly string[] {
  return rows.map(rowText).sort();
}

/** Columns in the order of their names; whole numbers and booleans as numbers. */
function rowText(row: ResultRow): string {
  const sorted = Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(sorted, (_, value: unknown) =>
    typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : value,
  );
}

function equal(what: string, actual: Tables, wanted: Tables): void {
  for (const table of new Set([...Object.keys(actual), ...Object.keys(wanted)])) {
    const [is, should] = [actual[table], wanted[table]];
    if (JSON.stringify(is) === JSON.stringify(should)) continue;
    const extra = (is ?? []).filter((row) => !should?.includes(row));
    const missing = (should ?? []).filter((row) => !is?.includes(row));
    const lines = [
      `${what}: ${table} differs`,
      ...(is === undefined ? ['it is gone'] : should === undefined ? ['it was not there'] : []),
      ...extra.map((row) => `  is     ${row}`),
      ...missing.map((row) => `  should ${row}`),
    ];
    throw new Error(lines.join('\n'));
  }
}
