/** The program killed again and again at random instants while others write: in the end every table equals its source and its rebuild. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { chatTables } from '../e2e/chat-lab.js';
import { type Lab, targets } from '../e2e/lab.js';
import { isLong } from './form.js';
import { expectNoneLost } from './race.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const leastMs = isLong ? 600_000 : 5000;
const leastRuns = isLong ? 200 : 8;

/** Every so many runs one is left alone. */
const spared = 4;

/** Kills runs at instants spread over as long as the last whole one took. */
class Killer {
  killed = 0;
  finished = 0;
  #wholeMs = 0;
  #at = Math.random();

  async run(lab: Lab): Promise<void> {
    const isSpared = (this.killed + this.finished) % spared === 0;
    const began = performance.now();
    const child = spawn(process.execPath, [program, 'run', '--root', lab.root, '--quiet'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (part: Buffer) => {
      said += part.toString();
    });
    const closed = once(child, 'close') as Promise<[number | null, string | null]>;
    if (!isSpared) {
      await Promise.race([wait(this.#wholeMs * this.#nextInstant()), closed]);
      child.kill('SIGKILL');
    }
    const [code, signal] = await closed;
    if (signal === 'SIGKILL') this.killed++;
    else {
      expect(code, said).toBe(0);
      this.finished++;
      this.#wholeMs = performance.now() - began;
    }
  }

  /** As a part of a whole run, of which the program's start is the first. Steps of the golden ratio leave no large gap, however few they are. */
  #nextInstant(): number {
    this.#at = (this.#at + 0.618) % 1;
    return 0.4 + 0.6 * this.#at;
  }
}

describe.each(targets)('into %s', (target) => {
  test('what writers commit while runs are killed is all there and nothing else, as in a rebuild', async () => {
    const killer = new Killer();
    const { lab } = await expectNoneLost(target, leastMs, leastRuns, (it) => killer.run(it));
    const ends = await lab.query('select status, count(*) as n from etl_run_log group by status order by status');
    process.stderr.write(`  ${killer.killed} killed, ${killer.finished} finished; ${JSON.stringify(ends)}\n`);
    expect(await lab.allRows(chatTables)).toEqual(await lab.rebuilt(chatTables));
    expect(killer.killed).toBeGreaterThan(leastRuns / 3);
    // Some died after they had begun to write.
    expect(ends.find(({ status }) => status === 'interrupted')).toBeDefined();
  });
});
