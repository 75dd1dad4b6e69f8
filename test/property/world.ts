/** One history: a chat database in memory, a warehouse, and what must hold after every run and at the end. */
import { randomBytes } from 'node:crypto';
import type { Plan } from '../../src/plan/types.js';
import type { Selection } from '../../src/run/options.js';
import { ChatModel } from './chat-model.js';
import type { TableName } from './chat-rows.js';
import {
  allTables,
  type Definitions,
  firstDefinitions,
  looksForPins,
  modelTables,
  optionalModels,
  stagingTables,
} from './definitions.js';
import { checkDeletedRows, checkPinFacts, keptSources } from './deleted-rows.js';
import { dayOf } from './expected.js';
import { ClosedRows, checkAuthors, checkErased, checkExpected, checkFollowed, Relationships } from './laws.js';
import { type Meanwhile, type Operation, type Redefinition, type Run, redefinitions } from './operations.js';
import type { Place } from './places.js';
import { dropModels } from './rebuild.js';
import { type Ending, type RunRequest, startRun } from './start-run.js';
import { assertEqual, readTables, type Tables, withoutNulls } from './tables.js';
import { doWrite, type Write } from './writes.js';

export interface Surroundings {
  /** Folder for project files. */
  readonly root: string;
  newPlace(): Promise<Place>;
  /** How often each operation was done. */
  readonly counts: Map<string, number>;
}

/** Plays the operations and checks what must hold. Errors say what does not. */
export async function playHistory(surroundings: Surroundings, operations: readonly Operation[]): Promise<void> {
  const place = await surroundings.newPlace();
  try {
    const world = new World(surroundings, place);
    for (const operation of operations) await world.do(operation);
    await world.end();
  } finally {
    await place.drop();
  }
}

/** Of the room with that id; of the second nobody knows. */
const openedAt: Readonly<Record<number, string>> = {
  1: '2024-01-01 00:00:00.000000',
  3: '2024-03-09 20:00:00.000000',
};

const journal = ['etl_watermark', 'etl_position', 'etl_table_state'] as const;

class World {
  readonly #name = randomBytes(6).toString('hex');
  readonly #chat = new ChatModel();
  readonly #around: Surroundings;
  readonly #place: Place;
  readonly #closed = new ClosedRows();
  readonly #relationships = new Relationships();
  #definitions: Definitions = firstDefinitions;
  #meanwhile: Meanwhile[] = [];
  /** What came too late for the last run, and is done before anything else. */
  #tooLate: readonly Meanwhile[] = [];
  #builtAll = false;
  /** Tables as they were last looked at: nobody but runs changes them. */
  #tables: Tables = {};
  #everErased = false;
  /** Committed data of a run that ended before it was made visible. */
  #isUnpublished = false;
  /** The last run may have ended before it removed what nobody needs any more. */
  #mayBeUnclean = false;
  /** Pipeline -> in how many runs it was left out. */
  readonly #leftOut = new Map<string, number>();

  constructor(around: Surroundings, place: Place) {
    this.#around = around;
    this.#place = place;
    for (const id of [1, 2, 3]) {
      this.#chat.put('rooms', { id, title: `room ${id}`, opened_at: openedAt[id] ?? null });
      doWrite(this.#chat, { op: 'new user', user: 0 });
    }
    for (const n of [0, 1, 2, 3]) {
      doWrite(this.#chat, { op: 'insert', user: n, chat: 1 + (n % 2), day: n, chars: n + 1 });
    }
    doWrite(this.#chat, { op: 'reaction', reaction: 0, message: 0 });
    doWrite(this.#chat, { op: 'pin', message: 1 });
    doWrite(this.#chat, { op: 'event', user: 0 });
  }

  async do(operation: Operation): Promise<void> {
    this.#chat.wait(60);
    this.#catchUp();
    if (operation.op === 'meanwhile') this.#meanwhile.push(operation);
    else if (operation.op === 'redefine') this.#redefine(operation.what);
    else if (isRun(operation)) await this.#run(operation);
    else this.#write(operation);
  }

  #count(name: string): void {
    this.#around.counts.set(name, (this.#around.counts.get(name) ?? 0) + 1);
  }

  #catchUp(): void {
    for (const { write } of this.#tooLate) this.#write(write);
    this.#tooLate = [];
  }

  #redefine(what: keyof typeof redefinitions): void {
    if (what === 'the time zone' && !this.#place.hasZones) return;
    this.#definitions = redefinitions[what](this.#definitions);
    this.#everErased ||= this.#definitions.erasesNames;
    this.#count(`redefine ${what}`);
  }

  #write(write: Write): void {
    if (doWrite(this.#chat, write)) this.#count(write.op);
  }

  async #run(operation: Run): Promise<void> {
    switch (operation.op) {
      case 'run':
        return this.#runWell(operation.op, {});
      case 'run of': {
        // Steps can only do without what they need once that is there.
        const withUpstreams = operation.withUpstreams || !this.#builtAll;
        const name = withUpstreams ? operation.op : `${operation.op}, --no-deps`;
        return this.#runWell(name, { pipelines: operation.pipelines, withUpstreams });
      }
      case 'run --full-refresh':
        return this.#runWell(operation.op, { pipelines: operation.pipelines, fullRefresh: true });
      case 'run --reload':
        return this.#runWell(operation.op, { reload: operation.reload });
      case 'run --detect':
        return this.#runWell(operation.op, { detect: operation.detect });
      case 'run of a broken definition':
        return this.#runBadly(operation.op, { ...this.#definitions, broken: operation.broken }, {});
      case 'run of a broken source':
        return this.#runBadly(operation.op, this.#definitions, { source: operation });
      case 'interrupted run':
        return this.#runBadly(operation.op, this.#definitions, { abort: operation });
      case 'ill-fated run': {
        const { how, when, afterwards } = operation.fate;
        const name = `run that ${how} ${afterwards ? 'after' : 'before'} a ${when.at}`;
        return this.#runBadly(name, this.#definitions, { fate: operation.fate });
      }
    }
  }

  async #runWell(name: string, selection: Partial<Selection>): Promise<void> {
    const ending = await this.#start({ definitions: this.#definitions, selection });
    if (ending.status !== 'succeeded')
      throw new Error(`run ${ending.status}: ${JSON.stringify(ending.report?.error, null, 1)}`);
    this.#mayBeUnclean = false;
    this.#count(name);
    await this.#afterSuccess(ending);
  }

  /** A run that may end badly: where it does, and is one transaction that was not committed, all is as before. */
  async #runBadly(name: string, definitions: Definitions, ill: NonNullable<RunRequest['ill']>): Promise<void> {
    const before = await this.#allThereIs();
    const wasUnpublished = this.#isUnpublished;
    const mayBeUnclean = this.#mayBeUnclean;
    const ending = await this.#start({ definitions, selection: {}, ill });
    this.#mayBeUnclean = true;
    this.#count(`${name}, ${definitions.atomicity}: ${ending.status}`);
    if (ending.status === 'succeeded') return this.#afterSuccess(ending);
    this.#isUnpublished ||= ending.life.hasCommitted;
    const after = await this.#allThereIs();
    this.#tables = after;
    this.#checkClosed(after);
    if (definitions.atomicity !== 'run') return this.#relationships.ranInPart();
    if (!ending.life.hasCommitted && !wasUnpublished) {
      const cleaned = (tables: Tables) => (mayBeUnclean ? withoutSuperseded(tables) : tables);
      const seen = (tables: Tables) => withoutPreparations(this.#place, cleaned(tables));
      assertEqual(`after a run that ${ending.status}`, seen(after), seen(before));
    }
    if (!this.#isUnpublished) this.#relationships.check(after);
  }

  /** Published tables, and of the journal what says how far they are; a first run makes the journal, whatever becomes of it. */
  async #allThereIs(): Promise<Tables> {
    const none = Object.fromEntries(journal.map((table) => [table, []]));
    return { ...none, ...(await readTables(this.#place, [...allTables, ...journal])) };
  }

  async #start(part: Pick<RunRequest, 'definitions' | 'selection' | 'ill'>): Promise<Ending> {
    const chat = this.#chat;
    const meanwhile = this.#meanwhile;
    this.#meanwhile = [];
    const undetected = [...chat.undetected];
    const { root } = this.#around;
    const ending = await startRun({ name: this.#name, root, chat, place: this.#place, meanwhile, ...part });
    for (const { at } of ending.written) this.#count(`meanwhile, at a ${at}`);
    this.#tooLate = meanwhile.filter((one) => !ending.written.includes(one));
    const looked = ending.status === 'succeeded' ? lookedForDeletes(ending.plan) : new Set();
    for (const deletion of undetected) if (looked.has(`stg_${deletion.table}`)) chat.undetected.delete(deletion);
    return ending;
  }

  async #afterSuccess(ending: Ending): Promise<void> {
    const wasUnpublished = this.#isUnpublished;
    this.#isUnpublished = false;
    const steps = new Set(ending.plan?.steps.map(({ step }) => step));
    const isWhole = [...stagingTables, ...modelTables(this.#definitions)].every((table) => steps.has(table));
    this.#builtAll ||= isWhole;
    this.#countLeftOut(ending.plan);
    checkFollowed(ending.report?.steps ?? [], optionalModels);
    if (ending.plan?.steps.some(({ detect, reasons }) => detect === true && !reasons.some(isAskedFor)))
      this.#count('deletes looked for when due');
    const tables = await readTables(this.#place, allTables);
    const before = wasUnpublished ? undefined : this.#tables;
    this.#tables = tables;
    this.#checkClosed(tables);
    this.#relationships.ranWell(steps);
    this.#relationships.check(tables);
    if (!isWhole) return;
    // Step by step each source is read from a snapshot of its own.
    if (this.#definitions.atomicity === 'run') checkAuthors(this.#chat, tables);
    if (this.#definitions.erasesNames && checkErased(tables) > 0) this.#count('erased history');
    if (ending.written.length === 0) this.#checkQuiet(ending, before, tables);
  }

  #checkClosed(tables: Tables): void {
    this.#closed.check(tables, (user) => this.#everErased && this.#chat.onceGone.has(user));
  }

  /**
   * Nobody wrote while the run went on: every table shows what the chat holds.
   * @param before as the run found them; undefined where it first had to publish what another had committed
   */
  #checkQuiet({ startedAt, plan }: Ending, before: Tables | undefined, tables: Tables): void {
    const chat = this.#chat;
    const definitions = this.#definitions;
    for (const source of before === undefined ? [] : keptSources) {
      const looked = source === 'rooms' || lookedForDeletes(plan).has(`stg_${source}`);
      const count = (name: string) => this.#count(name);
      checkDeletedRows({ chat, definitions, source, looked, startedAt, before: before ?? {}, after: tables, count });
    }
    checkPinFacts(definitions, tables);
    const isUndetected = (name: TableName) => [...chat.undetected].some(({ table }) => table === name);
    if (isUndetected('users') || isUndetected('messages')) return;
    const asOf = dayOf(startedAt.toISOString(), definitions);
    checkExpected(chat, definitions, asOf, tables);
    this.#count('whole comparison');
  }

  #countLeftOut(plan: Plan | undefined): void {
    const run = new Set(plan?.steps.map(({ pipeline }) => pipeline));
    for (const pipeline of ['chat', 'daily', 'more']) {
      if (!run.has(pipeline)) this.#leftOut.set(pipeline, (this.#leftOut.get(pipeline) ?? 0) + 1);
      else if ((this.#leftOut.get(pipeline) ?? 0) > 1) this.#count('pipeline left out of several runs');
      if (run.has(pipeline)) this.#leftOut.delete(pipeline);
    }
  }

  /** Whatever happened, in the end all is as it must be, another run changes nothing, and all models rebuilt are the same. */
  async end(): Promise<void> {
    this.#catchUp();
    for (const { write } of this.#meanwhile) this.#write(write);
    this.#meanwhile = [];
    this.#chat.commitAll();
    this.#definitions = { ...this.#definitions, atomicity: 'run' };
    await this.#again({
      detect: ['stg_users', 'stg_messages', ...(looksForPins(this.#definitions) ? ['stg_pins'] : [])],
    });
    const tables = await readTables(this.#place, allTables);
    const idle = await this.#again({});
    assertEqual('after a run with nothing to do', await readTables(this.#place, allTables), tables);
    const changed = idle.report?.steps.filter((step) => step.rowsInserted + step.rowsUpdated + step.rowsDeleted > 0);
    if (changed?.length !== 0) throw new Error(`a run with nothing to do changed ${JSON.stringify(changed)}`);
    await dropModels(this.#place, modelTables(this.#definitions));
    await this.#again({});
    assertEqual('its rebuild', await readTables(this.#place, allTables), tables);
  }

  async #again(selection: Partial<Selection>): Promise<Ending> {
    this.#chat.wait(60);
    const ending = await this.#start({ definitions: this.#definitions, selection });
    if (ending.status !== 'succeeded')
      throw new Error(`the last run ${ending.status}: ${JSON.stringify(ending.report)}`);
    await this.#afterSuccess(ending);
    return ending;
  }
}

function isRun(operation: Exclude<Operation, Meanwhile | Redefinition>): operation is Run {
  return operation.op.includes('run');
}

/** Staging tables of which this run has removed all rows that were gone when it read their source. */
function lookedForDeletes(plan: Plan | undefined): ReadonlySet<string> {
  const exact = (plan?.steps ?? []).filter(
    ({ action, detect }) => detect === true || ['load', 'reload'].includes(action),
  );
  return new Set(exact.map(({ step }) => step));
}

function isAskedFor(reason: string): boolean {
  return reason.includes('--detect');
}

/** Where DDL cannot be rolled back, a run that fails may leave new tables and columns, without any value. */
function withoutPreparations({ engine }: Place, tables: Tables): Tables {
  if (engine.capabilities.transactionalDdl) return tables;
  const filled = Object.entries(tables).filter(([, rows]) => rows.length > 0);
  return Object.fromEntries(filled.map(([table, rows]) => [table, rows.map(withoutNulls)]));
}

/** Of the journal's positions and states of tables the newest count; a run that fails may remove what one before it left to be removed. */
function withoutSuperseded(tables: Tables): Tables {
  const newest = (table: string, key: readonly string[]) => {
    const found = new Map<string, { readonly batch: number; readonly row: string }>();
    for (const row of tables[table] ?? []) {
      // Up to where a log was cut says nothing of tables: what was cut too far shows in whoever reads it.
      const { log_since: _, ...cells } = JSON.parse(row) as Readonly<Record<string, unknown>>;
      const of = JSON.stringify(key.map((column) => cells[column]));
      const batch = Number(cells.batch);
      if (batch >= (found.get(of)?.batch ?? batch)) found.set(of, { batch, row: JSON.stringify(cells) });
    }
    return [...found.values()].map(({ row }) => row).sort();
  };
  return {
    ...tables,
    etl_position: newest('etl_position', ['model', 'upstream']),
    etl_table_state: newest('etl_table_state', ['table_name']),
  };
}
