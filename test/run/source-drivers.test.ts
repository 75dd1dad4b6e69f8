/** Drivers of sources are loaded ahead where they will be used, and only there. */
import { expect, test, vi } from 'vitest';
import { loadEngine } from '../../src/engines/registry.js';
import { loadProject } from '../../src/pipeline/load.js';
import type { RunOptions, Selection } from '../../src/run/options.js';
import { loadSourceDrivers } from '../../src/run/source-drivers.js';
import { compileOptions, configWith } from '../pipeline/project-files.js';

vi.mock('../../src/engines/registry.js', async (original) => ({
  ...(await original<typeof import('../../src/engines/registry.js')>()),
  loadEngine: vi.fn(() => Promise.reject(new Error('no such driver here'))),
}));

const config = `connections:
  oltp: { type: mysql, host: db, user: etl, database: chat }
  file: { type: duckdb, path: chat.duckdb }
  olap: { type: duckdb, path: warehouse.duckdb }
run: { from: oltp, into: olap }
`;
const pipelines = `pipeline: chat
sources:
  users: { table: users, key: id }
  messages: { table: messages, key: id }
  rooms: { table: rooms, key: id, connection: file }
models: { dim_user: { sql: dim_user.sql, strategy: table } }
`;

/** The engines that a run of this selection begins to load. */
async function loaded(selection: Partial<Selection>): Promise<readonly unknown[]> {
  const files = { 'chat-etl.config.yaml': config, 'pipelines/chat.yaml': pipelines };
  const checked = await configWith({ ...files, 'sql/dim_user.sql': 'select * from {{ref "stg_users"}}' });
  const options: RunOptions = {
    config: checked,
    project: await loadProject(checked, await compileOptions()),
    selection: { pipelines: [], withUpstreams: true, fullRefresh: false, reload: [], ...selection },
    trigger: 'test',
    asOf: undefined,
    signal: new AbortController().signal,
    onEvent: () => undefined,
  };
  vi.mocked(loadEngine).mockClear();
  loadSourceDrivers(options);
  return vi
    .mocked(loadEngine)
    .mock.calls.map(([type]) => type)
    .sort();
}

test('each driver that sources need is loaded once, and one that cannot be is nobody’s mistake yet', async () => {
  expect(await loaded({})).toEqual(['duckdb', 'mysql']);
});

test('what is not chosen brings no driver', async () => {
  expect(await loaded({ select: ['stg_rooms'] })).toEqual(['duckdb']);
  expect(await loaded({ select: ['dim_user'] })).toEqual([]);
});
