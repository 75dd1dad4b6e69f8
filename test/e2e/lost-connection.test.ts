/** A first read of a large table whose connection is lost goes on behind the last key, and misses nothing. */
import { expect, onTestFinished, test, vi } from 'vitest';
import type { SourceDatabase, SourceRead } from '../../src/engines/contract.js';
import type { RunEvent } from '../../src/run/events.js';
import { openLab, targets } from './lab.js';

/** What happens after the third batch of a read of all rows. */
const meanwhile = vi.hoisted(() => ({ happens: async (): Promise<void> => undefined }));

vi.mock('../../src/engines/registry.js', async (original) => {
  const registry = await original<typeof import('../../src/engines/registry.js')>();
  return {
    ...registry,
    loadEngine: async (type: string) => {
      const engine = await registry.loadEngine(type);
      if (type !== 'mysql') return engine;
      const openSource = async (...of: Parameters<typeof engine.openSource>) => hooked(await engine.openSource(...of));
      return { ...engine, openSource };
    },
  };
});

function hooked(database: SourceDatabase): SourceDatabase {
  return {
    ...database,
    snapshot: async () => {
      const snapshot = await database.snapshot();
      return {
        ...snapshot,
        async *read(read: SourceRead, columns, options) {
          let batches = 0;
          for await (const batch of snapshot.read(read, columns, options)) {
            yield batch;
            batches += 1;
            if (batches === 3 && options.from === undefined) await meanwhile.happens();
          }
        },
      };
    },
  };
}

test.each(targets)('into %s', async (target) => {
  const lab = await openLab({
    target,
    oltp: [
      'create table big (a int not null, b int not null, body varchar(500), updated_at datetime(6) not null, primary key (a, b), key (updated_at, a, b))',
      `insert into big with recursive n as (select 0 as i union all select i + 1 from n where i < 999) select i div 100, i % 100, repeat('x', 300), '2024-01-01' from n`,
      // Enough that the server cannot have sent all of it when the connection is killed.
      ...[10, 20, 40, 80, 160, 320].map((by) => `insert into big select a + ${by}, b, body, updated_at from big`),
    ],
    files: {
      'pipelines/p.yaml':
        'pipeline: p\nsources:\n  big: { table: big, key: [a, b], incremental: { cursor: updated_at } }\n',
    },
  });
  onTestFinished(() => lab.close());
  await lab.edit('chat-etl.config.yaml', 'into: olap', 'into: olap, batch_size: 500');
  let kills = 0;
  meanwhile.happens = async () => {
    if (kills === 2) return;
    const processes = await lab.oltp.query('show full processlist');
    const ours = processes.find(
      ({ db, Info }) => db === lab.oltp.database && /FROM "big" AS t.* ORDER BY/.test(String(Info)),
    );
    if (ours === undefined) return;
    kills += 1;
    await lab.oltp.query(`kill ${String(ours.Id)}`);
    await lab.oltp.query(`update big set body = 'edited', updated_at = now(6) where a = ${kills} and b in (1, 2)`);
    await lab.oltp.query(`insert into big values (-${kills}, 1, 'below', now(6)), (9999, ${kills}, 'above', now(6))`);
  };
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => void events.push(event);
  const first = await lab.runWell({ onEvent });
  expect(kills).toBe(2);
  expect(events.filter(({ type }) => type === 'step-retry')).toHaveLength(2);
  // Nothing twice: 64,000 rows, and at most what came above the last key.
  expect(first.steps[0]?.rowsRead).toBeLessThanOrEqual(64_002);
  await lab.runWell();
  const source = await lab.oltp.query('select a, b, body from big');
  expect(await lab.rows('stg_big', 'a, b, body')).toEqual(source.map((row) => JSON.stringify(row)).sort());
});
