/**
 * How long the program takes where there is next to nothing to do: its start, `validate`, `plan`, a run in which nothing has
 * changed, a run of many views; all by turns. Prints minimum and median; fails where a minimum misses its bound.
 * `MESSAGES` are how many the shipped project has, by default 100,000. With OLTP_PORT (and OLTP_HOST, OLTP_USER, OLTP_PASSWORD)
 * the source is a server, whose database OLTP_DATABASE is filled anew; with SERVER=own one that is started for it; with neither,
 * a DuckDB file.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { machine } from './machine.js';
import { median } from './median.js';
import { type Server, startServer } from './server.js';
import { wholeNumber } from './whole-number.js';

interface Contest {
  readonly title: string;
  /** Arguments of Node. */
  readonly args: readonly string[];
  /** The project's folder. */
  readonly cwd: string;
  /** Bound on the minimum, in milliseconds. */
  readonly boundMs?: number;
  /** The bound is on what the minimum is beyond that of the first contest. */
  readonly isBeyondFirst?: boolean;
  /** Removed before each run. */
  readonly without?: string;
}

const program = resolve('dist/cli/main.js');
const rounds = wholeNumber('ROUNDS', process.env.ROUNDS ?? '15');
const folder = mkdtempSync(join(tmpdir(), 'chat-etl-startup-'));
const manyModels = 500;
const messages = process.env.MESSAGES ?? '100000';
const isOnGivenServer = process.env.OLTP_PORT !== undefined;
const server = !isOnGivenServer && process.env.SERVER === 'own' ? await startServer() : undefined;
const env = { ...process.env, ...(server === undefined ? {} : await sourceOn(server)) };
const environment = isOnGivenServer || server !== undefined ? ['--env', 'mysql'] : [];

try {
  if (server !== undefined) process.stdout.write(`${machine(server)}\n\n`);
  const shipped = makeShippedProject(join(folder, 'shipped'));
  const many = makeManyViews(join(folder, 'many'));
  const planned = makeManyViews(join(folder, 'planned'));
  recordColumns(planned);
  // A folder of its own, so that `validate` never finds what a run has left.
  const run = makeManyViews(join(folder, 'run'));
  const chatEtl = (...args: readonly string[]) => [program, ...args];
  const contests: readonly Contest[] = [
    { title: 'node -e 0', args: ['-e', '0'], cwd: folder },
    { title: '--version', args: chatEtl('--version'), cwd: folder, boundMs: 60, isBeyondFirst: true },
    { title: '--help', args: chatEtl('--help'), cwd: folder, boundMs: 60, isBeyondFirst: true },
    { title: 'validate, the shipped project', args: chatEtl('validate'), cwd: shipped },
    { title: `validate, ${manyModels} models`, args: chatEtl('validate'), cwd: many, boundMs: 600 },
    { title: `the same, each planned by DuckDB`, args: chatEtl('validate'), cwd: planned, boundMs: 1200 },
    { title: 'plan, nothing changed', args: chatEtl('plan', ...environment), cwd: shipped },
    { title: 'run, nothing changed', args: chatEtl('run', '-q', ...environment), cwd: shipped, boundMs: 600 },
    {
      title: `run, ${manyModels} views`,
      args: chatEtl('run', '-q'),
      cwd: run,
      boundMs: 3000,
      without: 'data/warehouse.duckdb',
    },
  ];
  const times = contests.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contest] of contests.entries()) times[index]?.push(measure(contest));
  }
  const firstMs = Math.min(...(times[0] ?? []));
  for (const [index, contest] of contests.entries()) report(contest, times[index] ?? [], firstMs);
} finally {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** A database on the server, as the shipped project's config is told of it. */
async function sourceOn({ login, query }: Server): Promise<Readonly<Record<string, string>>> {
  await query('create database chat character set utf8mb4');
  return {
    OLTP_HOST: login.host,
    OLTP_PORT: String(login.port),
    OLTP_USER: login.user,
    OLTP_PASSWORD: login.password,
    OLTP_DATABASE: 'chat',
  };
}

/** Wall time in milliseconds, process start included. */
function measure({ args, cwd, without }: Contest): number {
  if (without !== undefined) rmSync(join(cwd, without), { force: true });
  const startedAt = performance.now();
  start(args, cwd);
  return performance.now() - startedAt;
}

/** What it says on stdout. */
function start(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

function report({ title, boundMs, isBeyondFirst = false }: Contest, times: readonly number[], firstMs: number): void {
  const minimum = Math.min(...times);
  const limitMs = boundMs === undefined ? undefined : boundMs + (isBeyondFirst ? firstMs : 0);
  const bound = limitMs === undefined ? '' : `at most ${Math.round(limitMs)} ms`;
  const isMissed = limitMs !== undefined && minimum > limitMs;
  if (isMissed) process.exitCode = 1;
  const columns = [
    title.padEnd(32),
    `min ${Math.round(minimum)} ms`.padEnd(14),
    `median ${Math.round(median(times))} ms`.padEnd(17),
  ];
  process.stdout.write(`${[...columns, bound, isMissed ? 'MISSED' : ''].join(' ').trimEnd()}\n`);
}

/** The shipped project after two runs: the second of a time cursor takes one day more. */
function makeShippedProject(root: string): string {
  mkdirSync(root);
  for (const part of ['chat-etl.config.yaml', 'pipelines', 'sql']) cpSync(part, join(root, part), { recursive: true });
  const generate = ['demo', 'generate', '--into', 'oltp', '--replace', '--messages', messages, '--until', '2026-01-01'];
  start([program, ...generate, ...environment], root);
  for (let run = 0; run < 2; run++) start([program, 'run', '-q', ...environment], root);
  refuseWork(root);
  recordColumns(root, ...environment);
  return root;
}

/** Errors: that a further run changes something: what is timed would not be one in which nothing changed. */
function refuseWork(root: string): void {
  const { steps } = JSON.parse(start([program, 'run', '--json', ...environment], root)) as {
    readonly steps: readonly Readonly<Record<'rowsInserted' | 'rowsUpdated' | 'rowsDeleted', number | undefined>>[];
  };
  const written = steps.flatMap((step) => [step.rowsInserted, step.rowsUpdated, step.rowsDeleted]);
  const rows = written.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  if (steps.length === 0 || rows > 0) throw new Error(`a run in which nothing changed wrote ${rows} rows`);
}

/** Records the sources' columns, without which no SQL is planned. Errors: that some is not planned all the same. */
function recordColumns(root: string, ...more: readonly string[]): void {
  start([program, 'introspect', '-q', ...more], root);
  const { unchecked } = JSON.parse(start([program, 'validate', '--json', ...more], root)) as {
    readonly unchecked: readonly unknown[];
  };
  if (unchecked.length > 0) throw new Error(`${unchecked.length} models are not checked`);
}

/** A small source, and views that stand on each other, fifty high. */
function makeManyViews(root: string): string {
  mkdirSync(join(root, 'sql'), { recursive: true });
  mkdirSync(join(root, 'pipelines'));
  const config = `connections:
  oltp: { type: duckdb, path: data/chat.duckdb }
  olap: { type: duckdb, path: data/warehouse.duckdb }
run: { from: oltp, into: olap }
`;
  writeFileSync(join(root, 'chat-etl.config.yaml'), config);
  const names = Array.from({ length: manyModels }, (_, index) => `view_${index}`);
  const lines = ['pipeline: many', 'sources:', '  messages: { table: messages, key: id }', 'models:'];
  for (const [index, name] of names.entries()) {
    const above = names[index - 10] ?? 'stg_messages';
    const sql = `select m.id, m.chat_id, case when m.id > ${index} then 'new' else 'old' end as age
from {{ref "${above}"}} m
where m.chat_id is not null
`;
    writeFileSync(join(root, `sql/${name}.sql`), sql);
    lines.push(`  ${name}: { sql: ${name}.sql, strategy: view }`);
  }
  writeFileSync(join(root, 'pipelines/many.yaml'), `${lines.join('\n')}\n`);
  start([program, 'demo', 'generate', '--into', 'oltp', '--messages', '1000'], root);
  return root;
}
