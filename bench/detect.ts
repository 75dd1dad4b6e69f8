/**
 * What looking for deletes costs a run, and what comparing whole rows costs: two million messages by an integer key, a million
 * letters by a key of text, in MariaDB, with a warehouse in DuckDB or, by `WAREHOUSE=mariadb`, on the same server. A run in which `detect` is due against the same run without, where both sides
 * agree and where a hundred rows are gone. Prints the least of some rounds; fails where the added time misses its bound.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { full, makeChat } from './data.js';
import { machine } from './machine.js';
import { chatEtl, mysqlConnection, writeProject } from './project.js';
import { runOnce, time } from './race.js';
import { type Server, startServer } from './server.js';
import { wholeNumber } from './whole-number.js';

interface Contender {
  readonly title: string;
  readonly args: readonly string[];
  /** Deletes a hundred rows of this table before each round, others each time. */
  readonly deleteFrom?: 'messages' | 'letters';
  /** Bound on what it takes beyond the first contender, in seconds. */
  readonly boundSeconds?: number;
}

interface Costs {
  readonly wall: number;
  readonly process: number;
  readonly server: number;
}

const rounds = wholeNumber('ROUNDS', process.env.ROUNDS ?? '5');
const isOnServer = process.env.WAREHOUSE === 'mariadb';
const letters = 1_000_000;
const perMillionKeys = 0.5;
/** Comparing two million whole rows is to take seconds and not minutes. */
const seconds = 10;
const ofMessages = (perMillionKeys * full.messages) / 1_000_000;
const ofLetters = (perMillionKeys * letters) / 1_000_000;

const contenders: readonly Contender[] = [
  { title: 'run, nothing due', args: ['run', '-q'] },
  { title: 'detect, integer keys agree', args: ['run', '-q', '--detect', 'messages'], boundSeconds: ofMessages },
  {
    title: 'detect, 100 integer keys gone',
    args: ['run', '-q', '--detect', 'messages'],
    deleteFrom: 'messages',
    boundSeconds: ofMessages,
  },
  { title: 'detect, text keys agree', args: ['run', '-q', '--detect', 'letters'], boundSeconds: ofLetters },
  {
    title: 'detect, 100 text keys gone',
    args: ['run', '-q', '--detect', 'letters'],
    deleteFrom: 'letters',
    boundSeconds: ofLetters,
  },
  { title: 'reconcile messages, in agreement', args: ['reconcile', 'messages'], boundSeconds: seconds },
  { title: 'reconcile letters, in agreement', args: ['reconcile', 'letters'], boundSeconds: seconds },
];

const folder = await mkdtemp(join(tmpdir(), 'chat-etl-detect-'));
const server = await startServer(isOnServer ? 3 : 1);
try {
  process.stderr.write('making the data\n');
  await makeChat(server, full);
  await makeLetters(server);
  await writeProjectOfTwo(folder, server);
  await server.query('set global userstat = on');
  // The second read of a time cursor takes one day more.
  for (let run = 0; run < 2; run++) await runOnce(chatEtl(folder, 'run', '-q'));
  process.stdout.write(`${machine(server)}, into ${isOnServer ? 'MariaDB' : 'DuckDB'}\n\n`);
  const costs = new Map<string, Costs[]>();
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const { title } = contender;
      costs.set(title, [...(costs.get(title) ?? []), await measure(contender, round)]);
    }
  }
  const base = least(costs.get(contenders[0]?.title ?? '') ?? []);
  for (const contender of contenders) report(contender, least(costs.get(contender.title) ?? []), base);
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function measure({ args, deleteFrom }: Contender, round: number): Promise<Costs> {
  if (deleteFrom !== undefined) await deleteSome(server, deleteFrom, round);
  const before = await serverSeconds(server);
  const { seconds, processorSeconds } = await time(chatEtl(folder, ...args));
  return { wall: seconds, process: processorSeconds, server: (await serverSeconds(server)) - before };
}

/** Processor time of the threads of all connections so far. */
async function serverSeconds({ query }: Server): Promise<number> {
  const [row] = await query('select sum(cpu_time) as seconds from information_schema.user_statistics');
  return Number(row?.seconds);
}

/** Evenly over all rows. */
async function deleteSome({ query }: Server, table: 'messages' | 'letters', round: number): Promise<void> {
  const step = (table === 'messages' ? full.messages : letters) / 100;
  await query(
    table === 'messages'
      ? `delete from messages where id % ${step} = ${round + 1}`
      : `delete from letters where number % ${step} = ${round + 1}`,
  );
}

async function makeLetters({ query }: Server): Promise<void> {
  await query(
    'create table letters (code varchar(26) not null primary key, number int not null, body varchar(200), updated_at datetime(6) not null, key (updated_at, code))',
    `insert into letters select upper(left(sha1(seq), 26)), seq, repeat('letter ', 1 + seq % 20), '2025-12-31' - interval seq second from seq_1_to_${letters}`,
    'analyze table letters',
  );
}

async function writeProjectOfTwo(root: string, { login, query }: Server): Promise<void> {
  if (isOnServer) await query('create database warehouse');
  const warehouse = isOnServer
    ? mysqlConnection(login, 'warehouse')
    : { type: 'duckdb' as const, path: join(root, 'warehouse.duckdb') };
  await writeProject(root, mysqlConnection(login, 'chat'), warehouse);
  const common = { incremental: { cursor: 'updated_at' }, deletes: { detect: { every: '1000h' } } };
  const sources = {
    messages: { table: 'messages', key: 'id', ...common },
    letters: { table: 'letters', key: 'code', ...common },
  };
  await writeFile(join(root, 'pipelines/sources.yaml'), JSON.stringify({ pipeline: 'sources', sources }));
}

function least(costs: readonly Costs[]): Costs {
  const of = (part: keyof Costs) => Math.min(...costs.map((cost) => cost[part]));
  return { wall: of('wall'), process: of('process'), server: of('server') };
}

function report({ title, boundSeconds }: Contender, { wall, process: own, server: its }: Costs, base: Costs): void {
  const added = wall - base.wall;
  const isMissed = boundSeconds !== undefined && added > boundSeconds;
  if (isMissed) process.exitCode = 1;
  const columns = [
    title.padEnd(34),
    `wall ${wall.toFixed(2)} s`,
    `added ${added.toFixed(2)} s`,
    `processor ${own.toFixed(2)} s`,
    `server ${its.toFixed(2)} s`,
    ...(boundSeconds === undefined ? [] : [`at most ${boundSeconds.toFixed(2)} s more`]),
    ...(isMissed ? ['MISSED'] : []),
  ];
  process.stdout.write(`${columns.join('  ')}\n`);
}
