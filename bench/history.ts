/**
 * `npm run bench:history`: what the same changed messages cost with little and with much history, the shipped project into
 * DuckDB, by turns. Prints wall time and processor time of the runs, each step's wall time by the journal, least and median,
 * and how the least of the largest history compares with the least of the smallest; changes `recent` have a bound. Fails, too,
 * where a run did not bring the changes.
 * With OLTP_PORT (and OLTP_HOST, OLTP_USER, OLTP_PASSWORD) the server is that one, on which databases `history_<messages>`
 * are made and kept (`--drop` removes them in the end); without, a server of its own.
 */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { full, makeChat, type Sizes } from './data.js';
import { queryDuckdb } from './digest.js';
import { journaled, refuseOtherWork } from './journal.js';
import { machine } from './machine.js';
import { median } from './median.js';
import { chatEtl } from './project.js';
import { type Timing, time } from './race.js';
import { connectServer, startServer } from './server.js';
import { wholeNumber } from './whole-number.js';

const { values: options } = parseArgs({
  options: {
    /** Numbers of messages, the smallest first; the days grow with them. */
    messages: { type: 'string', default: '2000000,20000000' },
    /** Messages of one day. */
    density: { type: 'string', default: '11111' },
    changes: { type: 'string', default: '20000' },
    /** Where changes fall: `recent`, `recent-and-all`, `even`. */
    spreads: { type: 'string', default: 'recent,recent-and-all,even' },
    rounds: { type: 'string', default: process.env.ROUNDS ?? '2' },
    /** Steps that are printed, the slowest first. */
    steps: { type: 'string', default: '12' },
    /** A folder for the warehouses that is kept, and used again. */
    scratch: { type: 'string' },
    drop: { type: 'boolean', default: false },
  },
});

/** Days from the newest message back, and the share of the changes that falls evenly on them; undefined for all days. */
type Spread = readonly { readonly share: number; readonly from: number; readonly days: number | undefined }[];

const spreads: Readonly<Record<string, Spread>> = {
  recent: [
    { share: 0.95, from: 0, days: 7 },
    { share: 0.05, from: 7, days: 30 },
  ],
  'recent-and-all': [
    { share: 0.95, from: 0, days: 7 },
    { share: 0.05, from: 7, days: undefined },
  ],
  even: [{ share: 1, from: 0, days: undefined }],
};

const rounds = wholeNumber('--rounds or ROUNDS', options.rounds);
const changes = wholeNumber('--changes', options.changes);
const density = wholeNumber('--density', options.density);
const numbersOfMessages = options.messages.split(',').map((text) => wholeNumber('--messages', text));
const wantedSpreads = options.spreads.split(',');
for (const name of wantedSpreads) spreadOf(name);
const { OLTP_HOST = '127.0.0.1', OLTP_PORT, OLTP_USER = 'root', OLTP_PASSWORD = '' } = process.env;
const scratch = options.scratch ?? (await mkdtemp(join(tmpdir(), 'chat-etl-history-')));
const server = await (OLTP_PORT === undefined
  ? startServer()
  : connectServer({ host: OLTP_HOST, port: Number(OLTP_PORT), user: OLTP_USER, password: OLTP_PASSWORD }));
/** Times the processor time with the least history, where there is ten times as much. */
const bound = 1.5;

interface Chat {
  readonly database: string;
  readonly sizes: Sizes;
  readonly folder: string;
}

try {
  process.stdout.write(`${machine(server)}\n`);
  const chats: Chat[] = [];
  for (const messages of numbersOfMessages) chats.push(await openChat(messages));
  for (const spread of wantedSpreads) report(spread, chats, await measure(spread, chats));
  if (options.drop) for (const { database } of chats) await server.query(`drop database ${database}`);
} finally {
  await server.stop();
  if (options.scratch === undefined) await rm(scratch, { recursive: true, force: true });
}

/** Errors: that there is none of that name, which would change nothing. */
function spreadOf(name: string): Spread {
  const spread = spreads[name];
  if (spread === undefined) throw new Error(`no spread '${name}': ${Object.keys(spreads).join(', ')}`);
  return spread;
}

async function openChat(messages: number): Promise<Chat> {
  const days = Math.round(messages / density);
  const sizes: Sizes = { ...full, messages, reactions: Math.floor(messages / 2), days };
  const database = `history_${messages}`;
  const folder = join(scratch, database);
  const there = await server.query(
    `select 1 from information_schema.tables where table_schema = '${database}' limit 1`,
  );
  if (there.length === 0) await makeChat(server, sizes, database);
  await makeProject(folder);
  // After the first load the newest rows are read once more.
  for (let run = 0; run < 2; run++) await runProject(folder, database);
  return { database, sizes, folder };
}

/** The timings of each chat. Errors: that a run did not bring the changes into staging, all of them and nothing else. */
async function measure(spread: string, chats: readonly Chat[]): Promise<readonly (readonly Timing[])[]> {
  const timings = chats.map((): Timing[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { database, sizes, folder }] of chats.entries()) {
      const title = `${sizes.messages} messages in ${sizes.days} days, ${changes} changes ${spread}`;
      const warehouse = join(folder, 'data/warehouse.duckdb');
      const journal = () => journaled((queries) => queryDuckdb(warehouse, queries), 'stg_messages');
      const written = await changeMessages(database, sizes, spreadOf(spread));
      const before = await journal();
      const timing = await runProject(folder, database);
      refuseOtherWork(title, before, await journal(), { written, deleted: 0, isDetected: false });
      timings[index]?.push(timing);
      process.stdout.write(`\n${title}: ${told(timing)}\n`);
      process.stdout.write(await lastSteps(warehouse));
    }
  }
  return timings;
}

function told({ seconds, processorSeconds }: Pick<Timing, 'seconds' | 'processorSeconds'>): string {
  return `wall ${seconds.toFixed(2)} s, processor ${processorSeconds.toFixed(2)} s`;
}

/** Only processor time is bounded: wall time says nothing on a busy machine. */
function report(spread: string, chats: readonly Chat[], timings: readonly (readonly Timing[])[]): void {
  const all = (choose: (values: readonly number[]) => number) =>
    timings.map((of) => ({
      seconds: choose(of.map(({ seconds }) => seconds)),
      processorSeconds: choose(of.map(({ processorSeconds }) => processorSeconds)),
    }));
  const [least, medians] = [all((values) => Math.min(...values)), all(median)];
  process.stdout.write(`\nleast of ${rounds}, ${changes} changes ${spread}\n`);
  for (const [index, { sizes }] of chats.entries()) {
    const [leastOf, medianOf] = [least[index], medians[index]];
    if (leastOf === undefined || medianOf === undefined) continue;
    const beside = rounds === 1 ? '' : ` (median: ${told(medianOf)})`;
    process.stdout.write(`  ${String(sizes.messages).padStart(9)} messages: ${told(leastOf)}${beside}\n`);
  }
  const [first, last] = [least[0], least.at(-1)];
  if (first === undefined || last === undefined || least.length < 2) return;
  const [wall, processor] = [last.seconds / first.seconds, last.processorSeconds / first.processorSeconds];
  const isBounded = spread === 'recent';
  const isMissed = isBounded && processor > bound;
  if (isMissed) process.exitCode = 1;
  const verdict = isBounded ? `, at most ${bound}: ${isMissed ? 'MISSED' : 'met'}` : '';
  process.stdout.write(
    `  the last against the first: wall ${wall.toFixed(2)}, processor ${processor.toFixed(2)}${verdict}\n`,
  );
}

/**
 * One in ten is a new message at the end of the chat; the others are edits of texts, of which about one in twenty, whatever
 * the step of the ids, deletes the message softly. How many messages are to be changed by it.
 */
async function changeMessages(database: string, { messages, days }: Sizes, spread: Spread): Promise<number> {
  const added = Math.round(changes / 10);
  let changed = added;
  const perDay = messages / days;
  // The tables of numbers are asked for in a database.
  await server.query(`use ${database}`);
  const [last] = await server.query(`select max(id) as id from ${database}.messages`);
  const newestId = Number(last?.id);
  for (const { share, from, days: within = days - from } of spread) {
    const count = Math.round((changes - added) * share);
    changed += count;
    const newest = Math.floor(newestId - from * perDay);
    // Ids count the time, so that a share of them is a share of the days.
    const step = Math.max(1, Math.floor(Math.min(newest, within * perDay) / count));
    await server.query(
      `update ${database}.messages m join (select ${newest} - seq * ${step} as id from seq_0_to_${count - 1}) c on c.id = m.id
        set m.body = concat(left(m.body, 100), ' ', uuid_short()), m.edited_at = utc_timestamp(6), m.updated_at = utc_timestamp(6),
        m.deleted_at = if(crc32(m.id) % 20 = 0 and m.deleted_at is null, utc_timestamp(6), m.deleted_at)`,
    );
  }
  await server.query(
    `insert into ${database}.messages (id, chat_id, user_id, body, created_at, updated_at)
      select ${newestId} + seq, m.chat_id, m.user_id, m.body, l.created_at + interval seq * 7 second, utc_timestamp(6)
      from seq_1_to_${added} join ${database}.messages m on m.id = ${newestId} - seq * ${Math.floor(perDay / added)}
      join ${database}.messages l on l.id = ${newestId}`,
  );
  return changed;
}

/** Of a folder that is kept, the warehouse is used again, with the definitions of now. */
async function makeProject(folder: string): Promise<void> {
  if (options.scratch === undefined) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const part of ['chat-etl.config.yaml', 'pipelines', 'sql']) {
    await rm(join(folder, part), { recursive: true, force: true });
    await cp(part, join(folder, part), { recursive: true });
  }
}

/** Errors: that the system tells no processor time: 0 against 0 would meet the bound. */
async function runProject(folder: string, database: string): Promise<Timing> {
  const { host, port, user, password } = server.login;
  const env = {
    OLTP_HOST: host,
    OLTP_PORT: String(port),
    OLTP_USER: user,
    OLTP_PASSWORD: password,
    OLTP_DATABASE: database,
  };
  const timing = await time({ ...chatEtl(folder, 'run', '-q', '--env', 'mysql'), env });
  if (timing.processorSeconds === 0) {
    throw new Error('this system tells no processor time of a process (/proc/PID/stat), which is what is bounded');
  }
  return timing;
}

/** The slowest steps of the last run, with what is outside of all steps: tests, commit, plan. */
async function lastSteps(warehouse: string): Promise<string> {
  const instance = await DuckDBInstance.create(warehouse, { access_mode: 'READ_ONLY' });
  try {
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(
      `with last as (select * from etl_run_log order by batch desc limit 1)
       select s.step, s.action, s.duration_ms::integer, s.rows_inserted + s.rows_updated + s.rows_deleted from etl_step_log s join last using (run_id) where s.duration_ms > 0
       union all select 'all else', '', (select duration_ms from last)::integer - (select sum(s.duration_ms) from etl_step_log s join last using (run_id))::integer, null
       order by 3 desc limit ${Number(options.steps)}`,
    );
    return reader
      .getRows()
      .map(
        ([step, action, ms, rows]) =>
          `  ${String(step).padEnd(28)} ${String(action).padEnd(8)} ${String(ms).padStart(7)} ms ${rows ?? ''}\n`,
      )
      .join('');
  } finally {
    instance.closeSync();
  }
}
