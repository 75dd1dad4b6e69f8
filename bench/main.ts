/**
 * `npm run bench`: the whole, with the peers, and then the benchmarks that are programs of their own; `npm run bench -- --short`:
 * few rows, against plain statements alone. The table is on stdout; who misses a bound makes it fail.
 */
import { parseArgs } from 'node:util';
import { runContests } from './contests.js';
import { programs, runProgram } from './programs.js';
import { titles } from './ratios.js';

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    /** A word of the titles of those contests and programs that are wanted. */
    only: { type: 'string', default: '' },
    /** Kept between runs, so that the peers are installed once. */
    scratch: { type: 'string' },
    /** `yes` or `no`; in the full form they are there, in the short one not. */
    peers: { type: 'string' },
  },
});

const { short: isShort, only, rounds } = options;
const isWanted = (title: string): boolean => title.includes(only);
const withContests = Object.values(titles).some(isWanted);
const wanted = isShort ? [] : programs.filter(({ title }) => isWanted(title));
if (!withContests && wanted.length === 0) throw new Error(`no title of this form has '${only}' in it`);

let isMet = true;
if (withContests) {
  isMet = await runContests({
    isShort,
    isWanted,
    rounds: Number(rounds ?? (isShort ? 2 : 5)),
    scratch: options.scratch,
    withPeers: (options.peers ?? (isShort ? 'no' : 'yes')) === 'yes',
  });
}
for (const program of wanted) {
  process.stdout.write(`\n## ${program.title}\n\n`);
  const isProgramMet = await runProgram(program, rounds);
  if (!isProgramMet) process.stdout.write(`MISSED ${program.title}\n`);
  isMet &&= isProgramMet;
}
process.exitCode = isMet ? 0 : 1;
