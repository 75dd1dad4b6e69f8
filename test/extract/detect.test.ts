/** The keys by which deletes are found are those of the snapshot that the rows were read from. */
import { expect, test } from 'vitest';
import type { CursorDefinition } from '../../src/engines/contract.js';
import { unpackRows } from '../../src/engines/rows.js';
import type { Cell } from '../../src/engines/types.js';
import { type ExtractRequest, extractSource } from '../../src/extract/extract.js';
import type { Loader } from '../../src/extract/load-rows.js';
import { mysqlSource } from './mysql-source.js';
import { requestInto, sourceOf } from './sources.js';

const byTime: CursorDefinition = { column: 'updated_at', unit: 'timestamp', timezone: 'UTC' };

/** Nothing is like the source. */
const staging = () => ({ bounds: async () => undefined, summarize: async () => [] });

const due = {
  isDue: true,
  isReadSooner: false,
  beside: () => undefined,
  areReadAtOnce: async () => false,
  compareKeys: async () => ({ unread: 0 }),
};

/** A loader that keeps what it is given, and then does something. */
function collector(rows: string[], after: () => Promise<unknown> = async () => undefined): Loader['load'] {
  return async (columns, batches) => {
    expect(columns.length).toBeGreaterThan(0);
    for await (const batch of batches) rows.push(...unpackRows(columns, batch).map((row) => row.map(String).join('|')));
    await after();
    return { rows: rows.length, bytes: 0 };
  };
}

test('rows that come and go between the reading of the rows and that of the keys count as in the rows', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await server.query(
    'create table messages (id bigint primary key, body text, updated_at datetime(6), key (updated_at))',
  );
  await server.query(`insert into messages values (1, 'a', now(6)), (2, 'b', now(6)), (3, null, null)`);
  const request: Omit<ExtractRequest, 'mode'> = {
    ...requestInto(new Map<string, readonly Cell[]>()),
    source: sourceOf('messages', byTime, { deletes: { policy: 'detect', detectEveryMs: 1 } }),
    database,
    records: [],
  };
  const rows: string[] = [];
  const keys: string[] = [];
  const change = async () => {
    await server.query('delete from messages where id = 1');
    await server.query(`insert into messages values (9, 'z', now(6))`);
  };
  const load = collector(rows, change);
  const extracted = await extractSource({
    ...request,
    mode: 'incremental',
    load,
    detect: { keys: { load: collector(keys) }, since: undefined, staging, ...due },
  });
  expect(rows.map((row) => row.split('|')[0])).toEqual(['1', '2', '3']);
  expect(keys.sort()).toEqual(['1', '2', '3']);
  expect(extracted).toMatchObject({ whole: false, detected: { keysRead: 3 } });
});

test('a whole read needs no keys beside its rows', async () => {
  await using source = await mysqlSource();
  await source.server.query('create table messages (id bigint primary key, updated_at datetime(6), key (updated_at))');
  const extracted = await extractSource({
    ...requestInto(new Map<string, readonly Cell[]>()),
    source: sourceOf('messages', byTime, { deletes: { policy: 'detect', detectEveryMs: 1 } }),
    database: source.database,
    records: [],
    mode: 'whole',
    detect: {
      keys: { load: () => Promise.reject(new Error('nobody asked for keys')) },
      since: undefined,
      staging,
      ...due,
    },
  });
  expect(extracted).toMatchObject({ whole: true, detected: undefined });
});

test('keys that are compared on their way are read once more, by ranges, where too many differ to be kept', async () => {
  await using source = await mysqlSource();
  const { server, database } = source;
  await server.query('create table messages (id bigint primary key, updated_at datetime(6), key (updated_at))');
  await server.query(`insert into messages values (1, '2024-01-01'), (2, '2024-01-01')`);
  const detected = async (isGivenUp: boolean) => {
    const keys = { beside: [] as string[], apart: [] as string[] };
    const { detected } = await extractSource({
      ...requestInto(new Map<string, readonly Cell[]>()),
      source: sourceOf('messages', byTime, { deletes: { policy: 'detect', detectEveryMs: 1 } }),
      database,
      records: [],
      mode: 'incremental',
      detect: {
        ...due,
        keys: { load: collector(keys.apart) },
        since: undefined,
        staging,
        beside: () => ({ load: collector(keys.beside), isGivenUp }),
      },
    });
    return { ...keys, detected };
  };
  expect(await detected(false)).toMatchObject({
    beside: ['1', '2'],
    apart: [],
    detected: { keysRead: 2, ranges: undefined },
  });
  expect(await detected(true)).toMatchObject({ beside: ['1', '2'], apart: ['1', '2'] });
});
