/**
 * `npm run bench`: the whole, with the peers, and then the benchmarks that are programs of their own; `npm run bench -- --short`:
 * few rows, against plain statements alone. The table is on stdout; who misses a bound makes it fail.
 */
import { parseArgs } from 'node:util';
import { runContests } from './contests.js';
import { programs, runProgram } from './programs.js';
import { titles } from './ratios.js';
import { wholeNumber } from './whole-number.js';

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
const contestRounds = wholeNumber('--rounds', rounds ?? (isShort ? '2' : '5'));
const isWanted = (title: string): boolean => title.includes(only);
const withContests = Object.values(titles).some(isWanted);
const wanted = isShort ? [] : programs.filter(({ title }) => isWanted(title));
if (!withContests && wanted.length === 0) throw new Error(`no title of this form has '${only}' in it`);

const withPeers = options.peers ?? (isShort ? 'no' : 'yes');
if (withPeers !== 'yes' && withPeers !== 'no') throw new Error(`--peers is 'yes' or 'no', and not '${withPeers}'`);

let isMet = true;
if (withContests) {
  isMet = await runContests({
    isShort,
    isWanted,
    rounds: contestRounds,
    scratch: options.scratch,
    withPeers: withPeers === 'yes',
  });
}
for (const program of wanted) {
  process.stdout.write(`\n## ${program.title}\n\n`);
  const isProgramMet = await runProgram(program, rounds);
  if (!isProgramMet) process.stdout.write(`MISSED ${program.title}\n`);
  isMet &&= isProgramMet;
}
process.exitCode = isMet ? 0 : 1;
