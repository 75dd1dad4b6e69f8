/** The law on the shipped project: after any changes staging equals the chat, and every model its rebuild from staging. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fillChat } from '../../src/demo/fill.js';
import { type Random, randomOf } from '../../src/demo/random.js';
import type { ChatDatabase } from '../../src/demo/targets.js';
import { hourMicros } from '../../src/demo/window.js';
import { freshDatabase } from '../servers/database.js';
import { withChat } from './shipped-chat.js';
import { changes, type Moment } from './shipped-law-changes.js';
import { openShipped, type ShippedProject, type Warehouse } from './shipped-project.js';
import { differences, type TableRows } from './shipped-rows.js';

const until = new Date('2024-06-28T14:00:00Z');
interface LawLab {
  readonly project: ShippedProject;
  /** Opens the chat database for the time of `work`. */
  change(work: (chat: ChatDatabase) => Promise<void>): Promise<void>;
  /** The staging tables of a new warehouse of the same chat. */
  staged(): Promise<Warehouse>;
  close(): Promise<void>;
}

async function embeddedLab(): Promise<LawLab> {
  const open = async () => {
    const project = await openShipped({});
    await mkdir(join(project.root, 'data'));
    return { project, file: join(project.root, 'data', 'chat.duckdb') };
  };
  const { project, file } = await open();
  return {
    project,
    change: (work) => withChat({ name: 'oltp', type: 'duckdb', options: { path: file }, root: project.root }, work),
    async staged() {
      const other = await open();
      await copyFile(file, other.file);
      return stagedOnce(other.project);
    },
    close: () => project.close(),
  };
}

async function serverLab(): Promise<LawLab> {
  const oltp = await freshDatabase('law_oltp');
  const project = await openShipped({ oltp, into: 'mysql' });
  return {
    project,
    change: (work) => withChat({ name: 'oltp', type: 'mysql', options: oltp.options, root: project.root }, work),
    staged: async () => stagedOnce(await openShipped({ oltp, into: 'mysql' })),
    async close() {
      await project.close();
      await oltp.drop();
    },
  };
}

async function stagedOnce(project: ShippedProject): Promise<Warehouse> {
  try {
    await project.run(['staging']);
    return await project.read(project.sources);
  } finally {
    await project.close();
  }
}

async function expectLaw({ project, staged }: LawLab): Promise<void> {
  const incremental = await project.read();
  await project.run([], true, { fullRefresh: true });
  const [rebuilt, chat] = [await project.read(), await staged()];
  const found = project.tables.flatMap((table) => {
    const [one, other] = [incremental.get(table), rebuilt.get(table)];
    if (one === undefined || other === undefined) return [`${table} is missing`];
    const source = chat.get(table);
    const ofSource = source === undefined ? [] : differences(withoutDeleted(one), source);
    return [...differences(one, other), ...ofSource].map((text) => `${table}: ${text}`);
  });
  expect(found).toEqual([]);
}

/** Of a staging table, the rows that the source still has: of those it keeps `etl_deleted_at`, its last column, is NULL. */
function withoutDeleted<T extends TableRows>(table: T): T {
  if (!table.columns.includes('etl_deleted_at')) return table;
  return { ...table, rows: table.rows.filter(({ exact }) => exact.endsWith(',null]')) };
}

/** A run of the incremental warehouse after some changes: the law must hold, and nothing be rebuilt. */
async function expectLawAfter(lab: LawLab, round: number, make: (moment: Moment) => Promise<void>, random: Random) {
  const now = until.getTime() * 1000 + round * hourMicros;
  await lab.change((chat) => make({ chat, random, now }));
  const { steps } = await lab.project.run([], true, { detect: lab.project.sources });
  expect(steps.filter(({ action }) => action === 'rebuild' || action === 'build')).toEqual([]);
  await expectLaw(lab);
}

async function fill(lab: LawLab, messages: number, seed: number): Promise<void> {
  await lab.change(async (chat) => {
    await fillChat(chat, { messages, seed, until }, false);
  });
  await lab.project.run();
}

test.each([
  { into: 'DuckDB', openLab: embeddedLab, changesPerRun: 3, messages: 1000, seed: 1 },
  { into: 'DuckDB', openLab: embeddedLab, changesPerRun: 7, messages: 300, seed: 2 },
  { into: 'MySQL', openLab: serverLab, changesPerRun: 7, messages: 300, seed: 3 },
])('$changesPerRun changes a run, into $into: every table equals its rebuild, and none is rebuilt', async (sample) => {
  const lab = await sample.openLab();
  const random = randomOf(sample.seed);
  const waiting = Object.entries(changes);
  try {
    await fill(lab, sample.messages, sample.seed);
    for (let round = 1; waiting.length > 0; round += 1) {
      const turn = waiting.splice(0, sample.changesPerRun);
      const make = async (moment: Moment) => {
        for (const [name, change] of turn) expect(await change(moment), name).toBeGreaterThan(0);
      };
      await expectLawAfter(lab, round, make, random);
    }
  } finally {
    await lab.close();
  }
});
