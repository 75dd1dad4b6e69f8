/** A first load of a large table by several connections at once brings every row once, whatever happens meanwhile. */
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { SourceDatabase, SourceRead } from '../../src/engines/contract.js';
import { type Lab, openLab, type Target, targets } from './lab.js';

/** What happens before each batch of a read of all rows; and how many such reads were under way at once, at most. */
const meanwhile = vi.hoisted(() => ({
  happens: async (_batch: number): Promise<void> => undefined,
  batches: 0,
  rowsGiven: 0,
  reading: 0,
  mostReading: 0,
}));
beforeEach(() => {
  Object.assign(meanwhile, { happens: async () => undefined, batches: 0, rowsGiven: 0, reading: 0, mostReading: 0 });
});

vi.mock('../../src/engines/registry.js', async (original) =>
  (await import('./hooked-sources.js')).registryOf(original, hooked),
);

function hooked(database: SourceDatabase): SourceDatabase {
  return {
    ...database,
    snapshot: async () => {
      const snapshot = await database.snapshot();
      return {
        ...snapshot,
        async *read(read: SourceRead, columns, options) {
          if (options.from !== undefined) return yield* snapshot.read(read, columns, options);
          meanwhile.reading += 1;
          meanwhile.mostReading = Math.max(meanwhile.mostReading, meanwhile.reading);
          try {
            for await (const batch of snapshot.read(read, columns, options)) {
              meanwhile.batches += 1;
              await meanwhile.happens(meanwhile.batches);
              meanwhile.rowsGiven += batch.rowCount;
              yield batch;
            }
          } finally {
            meanwhile.reading -= 1;
          }
        },
      };
    },
  };
}

/** 20,000 rows whose keys are from -5,000,000 to 4,999,500. */
async function openLargeLab(target: Target): Promise<Lab> {
  const lab = await openLab({
    target,
    oltp: [
      'create table big (a bigint not null, b int not null, body varchar(500), updated_at datetime(6) not null, primary key (a, b), key (updated_at))',
      `insert into big with recursive n as (select 0 as i union all select i + 1 from n where i < 999) select i * 500 - 5000000, i % 3, repeat('x', 300), '2024-01-01' + interval i second from n`,
      ...[1, 2, 4, 8].map((by) => `insert into big select a + ${by} * 500000, b, body, updated_at from big`),
      ...[1, 2, 3, 4].map(
        (by) => `insert into big select a + ${by} * 100, 7, body, updated_at from big where a % 2000 = 0 and b < 3`,
      ),
    ],
    files: {
      'pipelines/p.yaml':
        'pipeline: p\nsources:\n  big: { table: big, key: [a, b], incremental: { cursor: updated_at } }\n',
    },
  });
  onTestFinished(() => lab.close());
  await lab.edit('chat-etl.config.yaml', 'into: olap', 'into: olap, batch_size: 200');
  await lab.edit('chat-etl.config.yaml', '"type":"mysql"', '"type":"mysql","parallel_reads":3');
  return lab;
}

async function expectStagingEqualsSource(lab: Lab): Promise<void> {
  const source = await lab.oltp.query('select a, b, body from big');
  expect(await lab.rows('stg_big', 'a, b, body')).toEqual(source.map((row) => JSON.stringify(row)).sort());
}

test.each(targets)('rows that are written at its edges and inside, into %s', async (target) => {
  const lab = await openLargeLab(target);
  const [count] = await lab.oltp.query('select count(*) as n from big');
  meanwhile.happens = async (batch) => {
    if (batch > 10) return;
    await lab.oltp.query(`update big set body = 'edit ${batch}', updated_at = now(6) where a % 7000 = 0`);
    await lab.oltp.query(
      `insert into big values (${-9_000_000 - batch}, 1, 'below', now(6)), (${9_000_000 + batch}, 1, 'above', now(6)), (${batch}, 1, 'inside', now(6))`,
    );
  };
  // A table that was made within the last second or two may look as if it were made anew: the read begins again.
  await lab.runWell({
    onEvent: ({ type }) => {
      if (type === 'step-retry') meanwhile.rowsGiven = 0;
    },
  });
  expect(meanwhile.mostReading).toBe(3);
  // Nothing twice: the rows that were there, and some of those that came.
  expect(meanwhile.rowsGiven - Number(count?.n)).toBeGreaterThanOrEqual(0);
  expect(meanwhile.rowsGiven - Number(count?.n)).toBeLessThanOrEqual(30);
  await expectStagingEqualsSource(lab);
});

test.each(targets)('one whose connections are all cut, twice, into %s', async (target) => {
  const lab = await openLargeLab(target);
  let cuts = 0;
  meanwhile.happens = async (batch) => {
    if (batch !== 15 && batch !== 60) return;
    const others = await lab.oltp.query(
      'select id from information_schema.processlist where db = database() and id <> connection_id()',
    );
    // A pooled connection may be gone by then.
    await Promise.all(others.map(({ id }) => lab.oltp.query(`kill ${String(id)}`).catch(() => undefined)));
    cuts += 1;
  };
  await lab.runWell();
  expect(cuts).toBe(2);
  await expectStagingEqualsSource(lab);
});

test('a table with few keys is read by one connection', async () => {
  const lab = await openLargeLab('duckdb');
  await lab.oltp.query('delete from big where a not between 0 and 99000');
  await lab.runWell();
  expect(meanwhile.mostReading).toBe(1);
  await expectStagingEqualsSource(lab);
});

test('one that fails ends all its reads', async () => {
  const lab = await openLargeLab('duckdb');
  meanwhile.happens = async (batch) => {
    // Also of a read that began again: see above.
    if (batch >= 10) throw new Error('the disk is full');
  };
  const report = await lab.run();
  expect(report.error?.message).toContain('the disk is full');
  expect(meanwhile.reading).toBe(0);
  const left = (await lab.oltp.query('show full processlist')).filter(
    ({ db, Info }) => db === lab.oltp.database && /FROM ["`]big/.test(String(Info)),
  );
  expect(left).toEqual([]);
});
