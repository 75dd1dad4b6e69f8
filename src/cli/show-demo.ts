/** The demo: two runs of the shipped project over a chat database of its own. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/types.js';
import { type ChangeCounts, changeChat } from '../demo/changes.js';
import { fillChat, type RowsByTable } from '../demo/fill.js';
import { formatHighlights } from '../demo/highlights.js';
import { openChatDatabase } from '../demo/targets.js';
import type { ConnectionDefinition } from '../engines/contract.js';
import { EtlError } from '../errors.js';
import { formatCount, formatDuration, formatRows } from '../report/format.js';
import { paintFor } from '../report/paint.js';
import type { RunReport } from '../run/events.js';
import { printData, printJson } from './common.js';
import type { DemoArguments } from './demo.js';
import { lastFullHour, messageCount } from './demo-generate.js';
import { exitCodeOf, exitCodes } from './exit.js';
import { catchInterrupt } from './interrupt.js';
import { type OpenedProject, openProject } from './project.js';
import { printReport, runWithReports } from './run-once.js';
import { withWarehouse } from './warehouse.js';

/** Of the shipped project: two folders up both in `src` and in `dist`. */
const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
const databases = { chat: 'chat.duckdb', warehouse: 'warehouse.duckdb' } as const;
/** Marks a folder whose databases the demo may make anew. */
const marker = '.chat-etl-demo';

/** Shows the demo; the exit code. Errors: USAGE where it would overwrite what it has not made. */
export async function showDemo(flags: DemoArguments): Promise<number> {
  const startedAt = Date.now();
  const folder = resolve(flags.folder);
  const messages = messageCount(flags.messages);
  await clearFolder(folder);
  const opened = await openShippedProject(folder);
  const chat = chatConnection(folder);
  const interrupt = catchInterrupt();
  const tell = (text: string) => {
    if (!flags.json) printData(text);
  };
  const runOnce = async (): Promise<RunReport> => {
    const selection = { pipelines: [], withUpstreams: true, fullRefresh: false, reload: [] };
    const request = { selection, trigger: 'demo', asOf: undefined, signal: interrupt.signal };
    const report = await runWithReports(opened, flags, request);
    if (!flags.json || report.status !== 'succeeded') await printReport(report, flags);
    return report;
  };
  try {
    tell(heading('1. A chat database'));
    const rows = await makeChat(chat, messages, flags.seed);
    tell(
      `${describeRows(rows)}, made in ${formatDuration(Date.now() - startedAt)}: ${join(flags.folder, databases.chat)}`,
    );

    tell(heading('2. The first run: everything is new'));
    const first = await runOnce();
    if (first.status !== 'succeeded') return exitCodeOf(first);

    tell(heading('3. What the warehouse knows'));
    tell(await withWarehouse(opened.config, (session) => formatHighlights((sql) => session.query(sql), paint())));

    tell(heading('4. Meanwhile people wrote, edited and deleted'));
    const changes = await changeOnce(chat, flags.seed);
    tell(describeChanges(changes));

    tell(heading('5. The second run: only what changed moves'));
    const second = await runOnce();
    if (second.status !== 'succeeded') return exitCodeOf(second);
    tell(`\n${compare(first, second)}`);
    if (flags.json) printJson({ rows, first, changes, second });
    tell(whatNext(flags.folder, Date.now() - startedAt));
    return exitCodes.ok;
  } finally {
    interrupt.release();
  }
}

async function clearFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const entries = await readdir(folder);
  const old = entries.filter((entry) => Object.values(databases).some((name) => entry.startsWith(name)));
  const [foreign] = entries.includes(marker) ? [] : old;
  if (foreign !== undefined) {
    throw new EtlError('USAGE', `${join(folder, foreign)} is there and was not made by the demo`, {
      hint: 'give --folder to have the demo elsewhere',
    });
  }
  for (const entry of old) await rm(join(folder, entry), { recursive: true });
  await writeFile(join(folder, marker), 'The demo may make the databases of this folder anew.\n');
}

/** The shipped project, reading and writing the demo's databases whatever its config says. */
async function openShippedProject(folder: string): Promise<OpenedProject> {
  const { config, project } = await openProject({ root: projectRoot, env: process.env });
  const { from, into } = config.run;
  const warehouse = { name: into, type: 'duckdb', options: { path: join(folder, databases.warehouse) }, root: folder };
  const connections: Config['connections'] = {
    ...config.connections,
    [from]: { ...chatConnection(folder), name: from },
    [into]: warehouse,
  };
  const logs = { ...config.logs, folder: join(folder, 'logs') };
  return { config: { ...config, connections, logs, notify: [] }, project };
}

function chatConnection(folder: string): ConnectionDefinition {
  return { name: 'chat', type: 'duckdb', options: { path: join(folder, databases.chat) }, root: folder };
}

async function makeChat(connection: ConnectionDefinition, messages: number, seed: number): Promise<RowsByTable> {
  const database = await openChatDatabase(connection);
  try {
    return await fillChat(database, { messages, seed, until: lastFullHour() }, false);
  } finally {
    await database.close();
  }
}

async function changeOnce(connection: ConnectionDefinition, seed: number): Promise<ChangeCounts> {
  const database = await openChatDatabase(connection);
  try {
    return await changeChat(database, { seed, round: 1 });
  } finally {
    await database.close();
  }
}

function paint() {
  return paintFor(process.stdout);
}

function heading(text: string): string {
  return `\n${paint().bold(paint().cyan(text))}\n`;
}

function describeRows(rows: RowsByTable): string {
  const names = {
    users: 'users',
    chats: 'chats',
    chat_members: 'members',
    messages: 'messages',
    reactions: 'reactions',
  };
  return Object.entries(rows)
    .map(([table, count]) => `${formatCount(count)} ${names[table as keyof RowsByTable]}`)
    .join(', ');
}

function describeChanges(changes: ChangeCounts): string {
  return [
    `${changes.newMessages} new messages, ${changes.editedMessages} edited (one of them months old), ${changes.deletedMessages} deleted, ${changes.movedMessages} moved to another chat`,
    `${changes.newReactions} new reactions, ${changes.removedReactions} removed`,
    `${changes.newUsers} new users, ${changes.renamedUsers} renamed, ${changes.leftMembers} left a chat`,
  ].join('\n');
}

function compare(first: RunReport, second: RunReport): string {
  const read = (report: RunReport) =>
    report.steps.filter(({ kind }) => kind === 'source').reduce((total, step) => total + step.rowsRead, 0);
  return `The first run read ${formatRows(read(first))} in ${formatDuration(first.durationMs)}, the second ${formatRows(read(second))} in ${formatDuration(second.durationMs)}.`;
}

function whatNext(folder: string, durationMs: number): string {
  const lines = [
    'npx chat-etl plan               what a run would do now, and why',
    'npx chat-etl history --steps    these two runs in the journal',
    'npx chat-etl status             how each table stands',
  ];
  const here =
    folder === 'data'
      ? lines.map((line) => `  ${line}`).join('\n')
      : `  look into ${join(folder, databases.warehouse)} with any DuckDB client`;
  return `${heading('What to try next')}
${here}
  sql/ and pipelines/             the metrics above: one SQL file and a few lines of YAML each
  README.md                       'Add your own metric' takes five minutes

The whole demo took ${formatDuration(durationMs)}.`;
}
