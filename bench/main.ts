/**
 * `npm run bench`: the whole, with the peers; `npm run bench -- --short`: few rows, against plain statements alone.
 * The table is on stdout; who misses a bound makes it fail.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { intoDuckdb } from './contests/into-duckdb.js';
import { intoOtherServer, intoSameServer } from './contests/into-mariadb.js';
import { parallelReads } from './contests/parallel-reads.js';
import { transforms } from './contests/transforms.js';
import { full, makeChat, short } from './data.js';
import { machine } from './machine.js';
import { installPeers } from './peers/install.js';
import { type Contest, type Result, race } from './race.js';
import { tableOf, verdicts } from './report.js';
import { startServer } from './server.js';

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    /** A word of the titles of those contests that are wanted. */
    only: { type: 'string', default: '' },
    /** Kept between runs, so that the peers are installed once. */
    scratch: { type: 'string' },
    /** `yes` or `no`; in the full form they are there, in the short one not. */
    peers: { type: 'string' },
  },
});

const isShort = options.short;
const rounds = Number(options.rounds ?? (isShort ? 2 : 5));
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const scratch = options.scratch ?? (await mkdtemp(join(tmpdir(), 'chat-etl-bench-')));
await mkdir(scratch, { recursive: true });
const withPeers = (options.peers ?? (isShort ? 'no' : 'yes')) === 'yes';
const peers = withPeers ? await installPeers(join(scratch, 'peers'), say) : undefined;
say('making the data');
const server = await startServer();
const other = await startServer();
try {
  await makeChat(server, isShort ? short : full);
  const about = machine(server);
  const contests: readonly (() => Promise<Contest>)[] = [
    () => intoDuckdb(server, scratch, peers),
    () => transforms(server, scratch, peers),
    () => intoSameServer(server, scratch, peers),
    () => intoOtherServer(server, other, scratch),
    () => parallelReads(server, scratch, isShort ? 6_000 : 40_000),
  ];
  const results: Result[] = [];
  for (const make of contests) {
    const contest = await make();
    if (contest.title.includes(options.only)) results.push(...(await race(contest, rounds, say)));
  }
  process.stdout.write(`${about}\n\n${tableOf(results)}\n\n`);
  const found = verdicts(results, isShort);
  for (const { text, isMet } of found) process.stdout.write(`${isMet ? 'met   ' : 'MISSED'} ${text}\n`);
  const failed = results.filter(
    (result) => result.isWrong || (result.failure !== undefined && result.name.startsWith('chat-etl')),
  );
  process.exitCode = failed.length > 0 || found.length === 0 || found.some(({ isMet }) => !isMet) ? 1 : 0;
} finally {
  await Promise.all([server.stop(), other.stop()]);
  if (options.scratch === undefined) await rm(scratch, { recursive: true, force: true });
}
