/** What a paced database asks of the one below, and when. */
import { expect, test } from 'vitest';
import type { PageOptions, SourceDatabase, SourceRead, SourceSnapshot } from '../../src/engines/contract.js';
import type { RangeBounds, RangeSummary, SummaryRequest } from '../../src/engines/ranges.js';
import { packRows } from '../../src/engines/rows.js';
import type { RowBatch } from '../../src/engines/types.js';
import { extractSource } from '../../src/extract/extract.js';
import type { RowLoad } from '../../src/extract/load-rows.js';
import { Pace } from '../../src/extract/pace.js';
import { paced } from '../../src/extract/paced.js';
import { Pauses } from '../../src/extract/pauses.js';
import { sourceSide } from '../../src/extract/source-side.js';
import { FakeWaiting } from './fake-waiting.js';
import { SimulatedServer } from './simulated-server.js';
import { requestInto, sourceOf } from './sources.js';

const { signal } = new AbortController();
const close = async () => undefined;
const nothing = { pace: undefined, pauses: undefined, signal, close };
const read = {} as SourceRead;

/** Writes down each call; gives as many batches as asked for by `batches`. A class with private fields, as engines have. */
class LoggingDatabase {
  readonly #log: string[];
  readonly #batches: number;

  constructor(log: string[], batches: number) {
    this.#log = log;
    this.#batches = batches;
  }

  async clock(): Promise<string> {
    this.#log.push('clock');
    return '2026-03-01 10:00:00.000000';
  }

  async snapshot(): Promise<SourceSnapshot> {
    this.#log.push('snapshot');
    return new LoggingSnapshot(this.#log, this.#batches) as unknown as SourceSnapshot;
  }

  async close(): Promise<void> {
    this.#log.push('close');
  }
}

class LoggingSnapshot {
  readonly attachment = { engine: 'any', path: 'file', select: () => '' };
  readonly #log: string[];
  readonly #batches: number;

  constructor(log: string[], batches: number) {
    this.#log = log;
    this.#batches = batches;
  }

  async *read(_read: SourceRead, _columns: unknown, { batchRows }: PageOptions): AsyncGenerator<RowBatch> {
    for (let batch = 1; batch <= this.#batches; batch++) {
      this.#log.push(`batch ${batch} of ${batchRows}`);
      yield packRows(
        Array.from({ length: batchRows }, () => [1]),
        1,
      );
    }
  }

  async ordersByKey(): Promise<boolean> {
    return true;
  }

  async bounds(): Promise<RangeBounds> {
    return { least: 0n, most: 2n };
  }

  /** Each range has thirty thousand rows. */
  async summarize(_read: SourceRead, _columns: unknown, { within }: SummaryRequest): Promise<readonly RangeSummary[]> {
    const numbers = within?.numbers ?? [];
    this.#log.push(`sum up ${numbers.join(' ')}`);
    return numbers.map((number) => ({ number, rows: 30_000, checksum: 0n, opaqueRows: 0 }));
  }
}

function logged(batches: number) {
  const log: string[] = [];
  return { log, database: new LoggingDatabase(log, batches) as unknown as SourceDatabase };
}

/** Pauses for as many checks as `busy` says, from the `after`th on. */
function busyFor(busy: number, after: number, log: string[], waiting: FakeWaiting): Pauses {
  let asked = 0;
  return new Pauses({
    connection: 'oltp',
    passed: async () => (++asked > after && asked <= after + busy ? ['busy'] : []),
    checkEveryMs: 0,
    atMostMs: 1e9,
    signal,
    onPause: () => log.push('pause'),
    onResume: () => log.push('go on'),
    waiting,
  });
}

async function readAll(database: SourceDatabase, log: string[], batchRows: number): Promise<void> {
  const snapshot = await database.snapshot();
  const options = { batchRows, batchBytes: 1e9, from: undefined, signal };
  for await (const { rowCount } of snapshot.read(read, [], options)) log.push(`took ${rowCount}`);
}

test('a pause comes before the snapshot, which would keep old rows on the server, and not inside', async () => {
  const { log, database } = logged(1);
  const pauses = busyFor(2, 0, log, new FakeWaiting());
  await readAll(paced(database, { ...nothing, pauses }), log, 10);
  expect(log).toEqual(['pause', 'go on', 'snapshot', 'batch 1 of 10', 'took 10']);
});

test('inside a read no further batch is taken from the server while it pauses', async () => {
  const { log, database } = logged(3);
  const pauses = busyFor(3, 2, log, new FakeWaiting());
  await readAll(paced(database, { ...nothing, pauses }), log, 10);
  expect(log.slice(0, 7)).toEqual([
    'snapshot',
    'batch 1 of 10',
    'took 10',
    'batch 2 of 10',
    'pause',
    'go on',
    'took 10',
  ]);
});

test('batches hold a second of rows at most, and no warehouse may read past the pace', async () => {
  const { log, database } = logged(2);
  const waiting = new FakeWaiting();
  const slow = paced(database, { ...nothing, pace: new Pace(7, waiting) });
  await readAll(slow, log, 50_000);
  expect(log).toEqual(['snapshot', 'batch 1 of 7', 'took 7', 'batch 2 of 7', 'took 7']);
  expect(waiting.sleeps).toEqual([1000]);
  expect((await slow.snapshot()).attachment).toBeUndefined();
});

async function sumUp(database: SourceDatabase): Promise<void> {
  const snapshot = await database.snapshot();
  const load = { source: sourceOf('t', undefined), snapshot, read, columns: [], signal } as unknown as RowLoad;
  const side = sourceSide(load, { content: 'key', since: undefined });
  await side.bounds();
  await side.summarize({ place: 'leading', origin: 0n, shift: 0 }, undefined);
}

test('between two parts of a key that are summed up it pauses too', async () => {
  const { log, database } = logged(0);
  const pauses = busyFor(3, 2, log, new FakeWaiting());
  await sumUp(paced(database, { ...nothing, pauses }));
  expect(log).toEqual(['snapshot', 'sum up 0', 'pause', 'go on', 'sum up 1', 'sum up 2']);
});

test('rows that are summed up count as rows read', async () => {
  const { log, database } = logged(0);
  const waiting = new FakeWaiting();
  await sumUp(paced(database, { ...nothing, pace: new Pace(15_000, waiting) }));
  expect(log).toEqual(['snapshot', 'sum up 0', 'sum up 1', 'sum up 2']);
  expect(waiting.sleeps).toEqual([2000, 2000]);
});

test('everything else is the database’s own, and closing closes both', async () => {
  const { log, database } = logged(0);
  const slow = paced(database, { ...nothing, close: async () => void log.push('close the replicas') });
  expect([await slow.clock(), slow.newSince]).toEqual(['2026-03-01 10:00:00.000000', undefined]);
  await slow.close();
  expect(log).toEqual(['clock', 'close', 'close the replicas']);
});

test('however slow the reading, the mark’s clock is that of after the last page', async () => {
  const cursor = { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' } as const;
  const write = { waitsFor: 0, lasts: 0, coarse: false };
  const writes = [1, 2, 3].map((key) => ({ ...write, key, stampedAt: key * 1e6 }));
  const server = new SimulatedServer(writes, [1000], cursor);
  server.now = 10e6;
  const waiting = new FakeWaiting();
  const pace = new Pace(1, waiting);
  // The server's clock goes on while the reader waits for its pace.
  const take = pace.take.bind(pace);
  pace.take = async (rows, ownSignal) => {
    const before = waiting.now();
    await take(rows, ownSignal);
    server.now += (waiting.now() - before) * 1000;
  };
  const staging = new Map();
  const request = { ...requestInto(staging), source: sourceOf('t', cursor), records: [] };
  const { record } = await extractSource({ ...request, database: paced(server.database(), { ...nothing, pace }) });
  expect(staging.size).toBe(3);
  expect(record?.endedAt.slice(0, 19)).toBe('2026-03-01 10:00:12');
});
