/** Runs contenders alternately, so that whatever else the machine does hits all of them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

/** A program to be timed. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Contender {
  readonly name: string;
  /** Of a slow one, one round is enough. */
  readonly isSlow?: boolean;
  /** Untimed: takes away what the last round left. */
  readonly prepare: () => Promise<void>;
  readonly command: Command;
  /** What it made, in a form to compare; undefined where it makes nothing. */
  readonly digest?: () => Promise<string>;
  /** In MB, where the peak of its process is not what is asked for. */
  readonly megabytes?: () => Promise<number>;
}

export interface Contest {
  readonly title: string;
  /** The first is ours. */
  readonly contenders: readonly Contender[];
  /** What all must have made. */
  readonly expected: () => Promise<string>;
}

export interface Result {
  readonly contest: string;
  readonly name: string;
  readonly seconds: readonly number[];
  /** Processor time of its best round, without the server's; undefined where the system does not tell. */
  readonly processorSeconds: number | undefined;
  /** Peak of its process, in MB, or what the contender says of itself; undefined where the system does not tell. */
  readonly megabytes: number | undefined;
  /** Why there is no result. */
  readonly failure: string | undefined;
  /** It came to an end, and made something else than expected. */
  readonly isWrong: boolean;
}

interface Runs {
  readonly seconds: number[];
  readonly processor: number[];
  peak: number;
  failure?: string;
  isWrong?: boolean;
}

/** One that fails, or makes something else than expected, has a result that says so, and no further rounds. */
export async function race(contest: Contest, rounds: number, say: (line: string) => void): Promise<readonly Result[]> {
  const expected = await contest.expected();
  const runs = new Map<string, Runs>();
  for (let round = 0; round < rounds; round++) {
    for (const contender of contest.contenders) {
      const run = runs.get(contender.name) ?? { seconds: [], processor: [], peak: 0 };
      runs.set(contender.name, run);
      if ((contender.isSlow === true && round > 0) || run.failure !== undefined) continue;
      await contender.prepare();
      try {
        const { seconds, processorSeconds, peakMegabytes } = await time(contender.command);
        run.seconds.push(seconds);
        run.processor.push(processorSeconds);
        run.peak = Math.max(run.peak, (await contender.megabytes?.()) ?? peakMegabytes);
        say(`${contest.title}: ${contender.name}: ${seconds.toFixed(2)} s`);
      } catch (thrown) {
        run.failure = thrown instanceof Error ? thrown.message : String(thrown);
        say(`${contest.title}: ${contender.name}: ${run.failure}`);
        continue;
      }
      const made = await contender.digest?.();
      if (made !== undefined && made !== expected) {
        run.failure = 'it made other rows';
        run.isWrong = true;
        say(`${contest.title}: ${contender.name} made\n${made}\nand not\n${expected}`);
      }
    }
  }
  return contest.contenders.map(({ name }) => {
    const { seconds = [], processor = [], peak = 0, failure, isWrong = false } = runs.get(name) ?? {};
    const leastProcessor = Math.min(...processor);
    return {
      contest: contest.title,
      name,
      seconds,
      processorSeconds: leastProcessor > 0 && Number.isFinite(leastProcessor) ? leastProcessor : undefined,
      megabytes: peak === 0 ? undefined : peak,
      failure,
      isWrong,
    };
  });
}

/** Runs a command that is not timed. Errors: as it says. */
export async function runOnce(command: Command): Promise<void> {
  await time(command);
}

export interface Timing {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly peakMegabytes: number;
  /** What it said on stdout. */
  readonly output: string;
}

/** Wall time from start to end, and what the system tells of the process. Errors: what it said, where it failed. */
export async function time({ program, args, folder, env }: Command): Promise<Timing> {
  const began = performance.now();
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  let processorSeconds = 0;
  let peakMegabytes = 0;
  const watching = setInterval(async () => {
    const read = (file: string) => readFile(`/proc/${child.pid}/${file}`, 'utf8').catch(() => '');
    peakMegabytes = Math.max(peakMegabytes, Number(/VmHWM:\s+(\d+) kB/.exec(await read('status'))?.[1] ?? 0) / 1024);
    processorSeconds = Math.max(processorSeconds, processorSecondsOf(await read('stat')));
  }, 20);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) {
      throw new Error(`${program} ended with ${code}: ${Buffer.concat(said).toString().trim().slice(-600)}`);
    }
    const seconds = (performance.now() - began) / 1000;
    return { seconds, processorSeconds, peakMegabytes, output: Buffer.concat(output).toString() };
  } finally {
    clearInterval(watching);
  }
}

/** User and system time of a process and of the children that it waited for, from Linux's `stat`. */
function processorSecondsOf(stat: string): number {
  const ticks = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15);
  return ticks.reduce((sum, tick) => sum + Number(tick), 0) / ticksPerSecond;
}

const ticksPerSecond = 100;
