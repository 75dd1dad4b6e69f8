/** Runs a property over histories, says what was done in them and, of a failure, the shortest history that shows it. */
import * as fc from 'fast-check';
import { everyOperation, mustOccur } from './every-operation.js';
import { histories, type Operation } from './operations.js';
import { playHistory, type Surroundings } from './world.js';

/** Shrinking plays histories too; the shortest failing one found in this time is shown. */
const shrinkMs = 180_000;
const longest = 24;

export interface HowMany {
  /** Histories, those of `everyOperation` among them. */
  readonly count: number;
  /** Operations that these surroundings cannot do. */
  readonly cannot?: readonly string[];
}

/** Throws with the seed and the shrunk history where one fails. Prints the seed and how often each operation was done. */
export async function checkHistories(around: Surroundings, { count, cannot = [] }: HowMany): Promise<void> {
  const seed = process.env.CHAT_ETL_SEED;
  let firstFailure: number | undefined;
  const property = fc.asyncProperty(histories(longest), async (operations) => {
    if (firstFailure !== undefined && performance.now() - firstFailure > shrinkMs) return;
    try {
      await playHistory(around, operations);
    } catch (thrown) {
      firstFailure ??= performance.now();
      throw thrown;
    }
  });
  const result = await fc.check(property, {
    numRuns: count,
    // Those of `everyOperation` are known; the first that fails is shown as it is.
    endOnFailure: count <= everyOperation.length,
    examples: everyOperation.map((operations) => [[...operations]]),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  });
  const counts = [...around.counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, times]) => `${name} ${times}`);
  console.log(`${result.numRuns} histories, seed ${result.seed}: ${counts.join(' · ')}`);
  if (result.failed) {
    const history = (result.counterexample?.[0] ?? []).map((operation) => `  ${text(operation)},`);
    throw new Error(`${String(result.errorInstance)}\nseed ${result.seed}, in this history:\n${history.join('\n')}`, {
      cause: result.errorInstance,
    });
  }
  const missing = mustOccur.filter((name) => !around.counts.has(name) && !cannot.includes(name));
  if (missing.length > 0) throw new Error(`never done: ${missing.join(', ')}`);
}

/** An operation as TypeScript, to be pasted into a test. */
function text(operation: Operation): string {
  return JSON.stringify(operation)
    .replaceAll(/"(\w+)":/g, ' $1: ')
    .replaceAll('"', "'")
    .replaceAll('}', ' }');
}
