/** Whole runs beside a real replica: what is said of one that is read, and pauses while one is behind. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.js';
import { type HeldBack, isMariadb, type Replicated, startReplicated } from '../servers/replicated.js';
import { openItemsLab } from './items-lab.js';
import { type Lab, openLab } from './lab.js';

// A MySQL whose workers apply what it has read says from time to time that it is not behind (seen on 9.7).
describe.skipIf(!isMariadb)('beside a replica', () => {
  let servers: Replicated;

  beforeAll(async () => {
    servers = await startReplicated();
  }, 120_000);

  async function holdBack(): Promise<HeldBack> {
    const held = await servers.holdBack(2);
    onTestFinished(() => held.release());
    return held;
  }

  /** Reads the replica: `a` with a lookback, `b` without, one after the other. */
  async function openReplicaLab(): Promise<Lab> {
    const columns = '(id bigint not null primary key, updated_at datetime(6) not null, key (updated_at, id))';
    const rows = `with recursive n as (select 1 as i union all select i + 1 from n where i < 450) select i, '2024-01-01' from n`;
    const lab = await openLab({
      target: 'duckdb',
      oltp: ['a', 'b'].flatMap((table) => [`create table ${table} ${columns}`, `insert into ${table} ${rows}`]),
      files: {
        'pipelines/p.yaml': `
pipeline: p
sources:
  a: { table: a, key: id, incremental: { cursor: updated_at, lookback: 5m } }
  b: { table: b, key: id, incremental: { cursor: updated_at } }
`,
      },
      through: { oltp: { port: servers.replica.port } },
      server: servers.primary.url,
    });
    onTestFinished(() => lab.close());
    await servers.caughtUp();
    return lab;
  }

  async function runOf(lab: Lab) {
    const told: string[] = [];
    const onEvent = (event: RunEvent) => void (event.type === 'warning' && told.push(event.message));
    const report = await lab.runWell({ onEvent });
    expect(report.warnings.map(({ message }) => message)).toEqual(told);
    return { told, steps: report.steps };
  }

  const saidOf = (lag: RegExp) =>
    new RegExp(
      `^what is open on the server of connection 'oltp' cannot be listed \\(PROCESS is missing, or it is a replica\\): lookback alone protects a from late commits, ${lag.source} s added to it for the replica's lag; b has no lookback: late commits can be missed$`,
    );

  test.each(['run', 'step'])(
    'what protects and how far it is behind is said once a run (atomicity: %s)',
    async (atomicity) => {
      const lab = await openReplicaLab();
      await lab.edit('chat-etl.config.yaml', 'into: olap', `into: olap, atomicity: ${atomicity}, parallel: 1`);
      // So slow that the lag grows from one step to the next.
      const throttle = atomicity === 'step' ? ',"throttle":{"rows_per_second":300}' : '';
      await lab.edit('chat-etl.config.yaml', '"type":"mysql"', `"type":"mysql"${throttle}`);
      expect((await runOf(lab)).told).toEqual([expect.stringMatching(saidOf(/\d+/))]);
      const held = await holdBack();
      const { told, steps } = await runOf(lab);
      await held.release();
      expect(told).toEqual([expect.stringMatching(saidOf(/([2-9]|\d\d+)/))]);
      const lagMs = 1000 * Number(/(\d+) s added/.exec(told[0] ?? '')?.[1]);
      for (const { cursorFrom, cursorTo } of steps) {
        expect(Date.parse(`${cursorTo}Z`) - Date.parse(`${cursorFrom}Z`)).toBeGreaterThanOrEqual(lagMs);
      }
      expect(await lab.rows('stg_b')).toHaveLength(450);
    },
  );

  test('reading pauses while a replica is behind, and goes on once it has caught up', async () => {
    const lab = await openItemsLab('duckdb', {
      models: { seen: 'strategy: table' },
      sql: { seen: 'select id from {{ref "stg_items"}}' },
      server: servers.primary.url,
    });
    await servers.caughtUp();
    const throttle = { pause_while: { replica_lag: '1s', lag_of: 'replica', check_every: '100ms' } };
    await lab.edit('chat-etl.config.yaml', '"type":"mysql"', `"type":"mysql","throttle":${JSON.stringify(throttle)}`);
    const replica = { type: 'mysql', ...lab.oltp.options, port: servers.replica.port };
    await lab.edit('chat-etl.config.yaml', 'connections:\n', `connections:\n  replica: ${JSON.stringify(replica)}\n`);
    const held = await holdBack();
    const told: string[] = [];
    const upon: Promise<unknown>[] = [];
    const releaseLater = async () => {
      const from = await held.lagSeconds();
      while ((await held.lagSeconds()) < from + 2) await servers.replica.query('select sleep(0.1)');
      told.push('let go');
      await held.release();
    };
    const { warnings } = await lab.runWell({
      onEvent: (event) => {
        if (event.type === 'paused') {
          told.push(`${event.connection}: ${event.reason.replace(/\d+ s behind/, 'far behind')}`);
          if (upon.length === 0) upon.push(releaseLater());
        }
        if (event.type === 'resumed') told.push(`${event.connection} goes on`);
        if (event.type === 'step-progress') told.push('rows');
      },
    });
    await Promise.all(upon);
    expect(told.slice(0, 4)).toEqual([
      "oltp: 'replica' is far behind, the limit is 1 s",
      'let go',
      'oltp goes on',
      'rows',
    ]);
    expect(warnings).toEqual([]);
    expect(await lab.rows('stg_items', 'id')).toHaveLength(3);
  });
});
