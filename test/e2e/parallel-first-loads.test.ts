/** First loads of several sources go on at once. */
import { expect, onTestFinished, test, vi } from 'vitest';
import type { SourceDatabase, SourceRead } from '../../src/engines/contract.js';
import { openLab, targets } from './lab.js';

/** Reads of all rows that have begun, and who waits for two of them. */
const begun = vi.hoisted(() => ({ tables: new Set<string>(), waiting: [] as (() => void)[] }));

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
          if (options.from === undefined) await untilTwo(read.table ?? '');
          yield* snapshot.read(read, columns, options);
        },
      };
    },
  };
}

async function untilTwo(table: string): Promise<void> {
  begun.tables.add(table);
  if (begun.tables.size >= 2) for (const go of begun.waiting) go();
  else await new Promise<void>((go) => begun.waiting.push(go));
}

test.each(targets)('one waits for the other to begin, and both end, into %s', async (target) => {
  begun.tables.clear();
  begun.waiting.length = 0;
  const table = (name: string) => [
    `create table ${name} (id bigint not null primary key, updated_at datetime(6) not null, key (updated_at, id))`,
    `insert into ${name} values (1, '2024-01-01')`,
  ];
  const lab = await openLab({
    target,
    oltp: [...table('users'), ...table('chats')],
    files: {
      'pipelines/p.yaml': `pipeline: p
sources:
  users: { table: users, key: id, incremental: { cursor: updated_at } }
  chats: { table: chats, key: id, incremental: { cursor: updated_at } }
`,
    },
  });
  onTestFinished(() => lab.close());
  const { steps } = await lab.runWell();
  expect(steps.map(({ step, rowsInserted }) => [step, rowsInserted]).sort()).toEqual([
    ['stg_chats', 1],
    ['stg_users', 1],
  ]);
});
