/**
 * What looking for deletes costs a run, and what comparing whole rows costs: two million messages by an integer key, a million
 * letters by a key of text, in MariaDB, with a warehouse in DuckDB or, by `WAREHOUSE=mariadb`, on the same server. A run in which `detect` is due against the same run without, where both sides
 * agree and where a hundred rows are gone. Prints the least and the median of some rounds; fails where the least added time
 * misses its bound, and where a run did not do what it is timed for. `MESSAGES`, a multiple of 200, makes it smaller, with
 * half as many letters; the bounds are for the whole.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { full, makeChat } from './data.js';
import { queryDuckdb } from './digest.js';
import { type Ask, type Journaled, journaled, refuseOtherWork } from './journal.js';
import { machine } from './machine.js';
import { median } from './median.js';
import { chatEtl, mysqlConnection, writeProject } from './project.js';
import { runOnce, time } from './race.js';
import { type Server, startServer } from './server.js';
import { wholeNumber } from './whole-number.js';

const sources = ['messages', 'letters'] as const;
type SourceName = (typeof sources)[number];

interface Contender {
  readonly title: string;
  readonly args: readonly string[];
  /** The source whose deletes it looks for. */
  readonly detects?: SourceName;
  /** The source whose rows it compares, without a run. */
  readonly compares?: SourceName;
  /** Deletes a hundred rows of this table before each round, others each time. */
  readonly deleteFrom?: SourceName;
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
const messages = wholeNumber('MESSAGES', process.env.MESSAGES ?? String(full.messages));
const rows: Readonly<Record<SourceName, number>> = { messages, letters: messages / 2 };
/** Deleted before each run that is to find some. */
const gone = 100;
const perMillionKeys = 0.5;
/** Comparing two million whole rows is to take seconds and not minutes. */
const seconds = 10;
const ofMessages = (perMillionKeys * rows.messages) / 1_000_000;
const ofLetters = (perMillionKeys * rows.letters) / 1_000_000;

const contenders: readonly Contender[] = [
  { title: 'run, nothing due', args: ['run', '-q'] },
  { title: 'detect, integer keys agree', ...detecting('messages'), boundSeconds: ofMessages },
  {
    title: 'detect, 100 integer keys gone',
    ...detecting('messages'),
    deleteFrom: 'messages',
    boundSeconds: ofMessages,
  },
  { title: 'detect, text keys agree', ...detecting('letters'), boundSeconds: ofLetters },
  {
    title: 'detect, 100 text keys gone',
    ...detecting('letters'),
    deleteFrom: 'letters',
    boundSeconds: ofLetters,
  },
  // Behind the others, so that they say whether the rows that left are those that were gone.
  { title: 'reconcile messages, in agreement', ...comparing('messages'), boundSeconds: seconds },
  { title: 'reconcile letters, in agreement', ...comparing('letters'), boundSeconds: seconds },
];

const folder = await mkdtemp(join(tmpdir(), 'chat-etl-detect-'));
const warehouseFile = 'warehouse.duckdb';
const server = await startServer(isOnServer ? 3 : 1);
try {
  process.stderr.write('making the data\n');
  await makeChat(server, { ...full, messages });
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
  for (const contender of contenders) report(contender, costs.get(contender.title) ?? [], base);
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

function detecting(source: SourceName): Pick<Contender, 'args' | 'detects'> {
  return { args: ['run', '-q', '--detect', source], detects: source };
}

function comparing(source: SourceName): Pick<Contender, 'args' | 'compares'> {
  return { args: ['reconcile', source, '--json'], compares: source };
}

/** Errors: that the program did not do what it was timed for. */
async function measure(contender: Contender, round: number): Promise<Costs> {
  const { title, args, detects, compares, deleteFrom } = contender;
  if (deleteFrom !== undefined) await deleteSome(server, deleteFrom, round);
  const before = await journals();
  const secondsBefore = await serverSeconds(server);
  const { seconds, processorSeconds, output } = await time(chatEtl(folder, ...args));
  const costs = { wall: seconds, process: processorSeconds, server: (await serverSeconds(server)) - secondsBefore };
  if (compares !== undefined) {
    refuseOtherComparison(output, compares, rows[compares] - gone * (round + 1));
    return costs;
  }
  const after = await journals();
  for (const source of sources) {
    const work = { written: 0, deleted: deleteFrom === source ? gone : 0, isDetected: detects === source };
    refuseOtherWork(`${title}: ${source}`, before[source], after[source], work);
  }
  return costs;
}

async function journals(): Promise<Readonly<Record<SourceName, Journaled>>> {
  return { messages: await journaled(ask, 'stg_messages'), letters: await journaled(ask, 'stg_letters') };
}

/** Errors: that `reconcile --json` did not compare all rows of this source. Where some differ it fails by itself. */
function refuseOtherComparison(output: string, source: SourceName, expected: number): void {
  const said = JSON.parse(output) as {
    readonly sources: readonly { readonly source: string; readonly rowsCompared: number }[];
  };
  const compared = said.sources.find((one) => one.source === source)?.rowsCompared;
  if (compared !== expected) throw new Error(`reconcile compared ${compared} rows of ${source}, and not ${expected}`);
}

/** Processor time of the threads of all connections so far. */
async function serverSeconds({ query }: Server): Promise<number> {
  const [row] = await query('select sum(cpu_time) as seconds from information_schema.user_statistics');
  return Number(row?.seconds);
}

/** Evenly over all rows. */
async function deleteSome({ query }: Server, table: SourceName, round: number): Promise<void> {
  const step = rows[table] / gone;
  await query(
    table === 'messages'
      ? `delete from messages where id % ${step} = ${round + 1}`
      : `delete from letters where number % ${step} = ${round + 1}`,
  );
}

/** Asks the warehouse, between runs. */
async function ask(queries: readonly string[]): ReturnType<Ask> {
  if (!isOnServer) return queryDuckdb(join(folder, warehouseFile), queries);
  const found: string[] = [];
  await server.query('use warehouse');
  for (const sql of queries) {
    const [row = {}] = await server.query(sql);
    found.push(String(Object.values(row)[0]));
  }
  await server.query('use chat');
  return found;
}

async function makeLetters({ query }: Server): Promise<void> {
  await query(
    'create table letters (code varchar(26) not null primary key, number int not null, body varchar(200), updated_at datetime(6) not null, key (updated_at, code))',
    `insert into letters select upper(left(sha1(seq), 26)), seq, repeat('letter ', 1 + seq % 20), '2025-12-31' - interval seq second from seq_1_to_${rows.letters}`,
    'analyze table letters',
  );
}

async function writeProjectOfTwo(root: string, { login, query }: Server): Promise<void> {
  if (isOnServer) await query('create database warehouse');
  const warehouse = isOnServer
    ? mysqlConnection(login, 'warehouse')
    : { type: 'duckdb' as const, path: join(root, warehouseFile) };
  await writeProject(root, mysqlConnection(login, 'chat'), warehouse);
  const common = { incremental: { cursor: 'updated_at' }, deletes: { detect: { every: '1000h' } } };
  const both: Readonly<Record<SourceName, object>> = {
    messages: { table: 'messages', key: 'id', ...common },
    letters: { table: 'letters', key: 'code', ...common },
  };
  await writeFile(join(root, 'pipelines/sources.yaml'), JSON.stringify({ pipeline: 'sources', sources: both }));
}

function least(costs: readonly Costs[]): Costs {
  const of = (part: keyof Costs) => Math.min(...costs.map((cost) => cost[part]));
  return { wall: of('wall'), process: of('process'), server: of('server') };
}

function report({ title, boundSeconds }: Contender, costs: readonly Costs[], base: Costs): void {
  const { wall, process: own, server: its } = least(costs);
  const medianWall = median(costs.map((cost) => cost.wall));
  const added = wall - base.wall;
  const isMissed = boundSeconds !== undefined && added > boundSeconds;
  if (isMissed) process.exitCode = 1;
  const columns = [
    title.padEnd(34),
    `wall ${wall.toFixed(2)} s${rounds === 1 ? '' : ` (median ${medianWall.toFixed(2)})`}`,
    `added ${added.toFixed(2)} s`,
    `processor ${own.toFixed(2)} s`,
    `server ${its.toFixed(2)} s`,
    ...(boundSeconds === undefined ? [] : [`at most ${boundSeconds.toFixed(2)} s more`]),
    ...(isMissed ? ['MISSED'] : []),
  ];
  process.stdout.write(`${columns.join('  ')}\n`);
}
