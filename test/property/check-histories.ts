/** Plays histories, says what was done in them and, of a failure, the shortest history that shows it. */
import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { everyOperation, mustOccur } from './every-operation.js';
import { histories, type Operation } from './operations.js';
import { playHistory, type Surroundings } from './world.js';

/** Shrinking plays histories too; the shortest failing one found in this time is shown. */
const shrinkMs = 180_000;
/** Each ends with three runs of its own: long ones spend less on these. */
const longest = 40;

export interface HowMany {
  /** Random histories, beside those of `everyOperation`. */
  readonly random: number;
  /** Operations that these surroundings cannot do. */
  readonly cannot?: readonly string[];
}

/** Throws with the history, for a random one with the seed and shrunk, where one fails. Prints how often each operation was done. */
export async function checkHistories(around: Surroundings, { random, cannot = [] }: HowMany): Promise<void> {
  for (const operations of everyOperation) {
    await playHistory(around, operations).catch((thrown: unknown) =>
      fail(thrown, 'in this history of every-operation.ts', operations),
    );
  }
  await playRandom(around, random);
  const counts = [...around.counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, times]) => `${name} ${times}`);
  console.log(`${everyOperation.length} + ${random} histories: ${counts.join(' · ')}`);
  const missing = mustOccur.filter((name) => !around.counts.has(name) && !cannot.includes(name));
  if (missing.length > 0) throw new Error(`never done: ${missing.join(', ')}`);
}

async function playRandom(around: Surroundings, numRuns: number): Promise<void> {
  const seed = Number(process.env.CHAT_ETL_SEED ?? randomInt(2 ** 31));
  // Before anything is played: one that hangs must be known as well.
  console.log(`random histories: ${numRuns}, CHAT_ETL_SEED=${seed}`);
  let firstFailure: number | undefined;
  let held = 0;
  const property = fc.asyncProperty(histories(longest), async (operations) => {
    if (firstFailure !== undefined && performance.now() - firstFailure > shrinkMs) return;
    try {
      await playHistory(around, operations);
      held += 1;
      if (held % 100 === 0 && firstFailure === undefined) console.log(`${held} of ${numRuns} histories`);
    } catch (thrown) {
      firstFailure ??= performance.now();
      throw thrown;
    }
  });
  // Biased to small values most of them would be a few operations long.
  const result = await fc.check(property, { numRuns, seed, unbiased: true });
  const again = `CHAT_ETL_SEED=${seed} CHAT_ETL_HISTORIES=${result.numRuns}`;
  if (result.failed) fail(result.errorInstance, `${again}, in this history`, result.counterexample?.[0] ?? []);
}

function fail(thrown: unknown, where: string, history: readonly Operation[]): never {
  const lines = history.map((operation) => `  ${text(operation)},`);
  throw new Error(`${String(thrown)}\n${where}:\n${lines.join('\n')}`, { cause: thrown });
}

/** An operation as TypeScript, to be pasted into a test. */
function text(operation: Operation): string {
  return JSON.stringify(operation)
    .replaceAll(/"(\w+)":/g, ' $1: ')
    .replaceAll('"', "'")
    .replaceAll('}', ' }');
}
