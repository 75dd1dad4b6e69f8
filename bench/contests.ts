/** Our best times against those of others, side by side. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

export interface ContestOptions {
  readonly isShort: boolean;
  /** By its title. */
  readonly isWanted: (title: string) => boolean;
  readonly rounds: number;
  /** A folder that is kept; undefined for one that is not. */
  readonly scratch: string | undefined;
  readonly withPeers: boolean;
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Prints the table and which bounds were met; true where all were. */
export async function runContests({
  isShort,
  isWanted,
  rounds,
  scratch: kept,
  withPeers,
}: ContestOptions): Promise<boolean> {
  const scratch = kept ?? (await mkdtemp(join(tmpdir(), 'chat-etl-bench-')));
  await mkdir(scratch, { recursive: true });
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
      () => parallelReads(server, scratch, isShort ? 10_000 : 40_000),
    ];
    const results: Result[] = [];
    for (const make of contests) {
      const contest = await make();
      if (isWanted(contest.title)) results.push(...(await race(contest, rounds, say)));
    }
    process.stdout.write(`${about}\n\n${tableOf(results)}\n\n`);
    const found = verdicts(results, { isShort, withPeers });
    for (const { text, isMet } of found) process.stdout.write(`${isMet ? 'met   ' : 'MISSED'} ${text}\n`);
    const failed = results.filter(
      (result) => result.isWrong || (result.failure !== undefined && result.name.startsWith('chat-etl')),
    );
    return failed.length === 0 && found.length > 0 && found.every(({ isMet }) => isMet);
  } finally {
    await Promise.all([server.stop(), other.stop()]);
    if (kept === undefined) await rm(scratch, { recursive: true, force: true });
  }
}
