/** Which limits of `pause_while` count as passed, from what servers say of themselves. */
import { expect, test } from 'vitest';
import type { PauseLimits } from '../../src/config/types.js';
import type { ServerLoad, SourceDatabase } from '../../src/engines/contract.js';
import type { RunContext } from '../../src/run/context.js';
import { LoadLimits } from '../../src/run/load-limits.js';

const none: PauseLimits = {
  threadsRunning: undefined,
  replicaLagMs: undefined,
  lagOf: [],
  checkEveryMs: 2000,
  atMostMs: 600_000,
};
const calm: ServerLoad = { threadsRunning: 3, lagSeconds: undefined };

/** A source and its replicas, with the load that each tells; a replica that is not among them cannot be opened. */
function limitsOver(
  limits: Partial<PauseLimits>,
  source: ServerLoad,
  replicas: Readonly<Record<string, ServerLoad>> = {},
) {
  const log: string[] = [];
  const warnings: { readonly message: string }[] = [];
  const context = { warnings, emit: () => undefined, config: { secrets: ['hunter22'] } } as unknown as RunContext;
  const databaseOf = (name: string, load: ServerLoad) =>
    ({ load: async () => load, close: async () => void log.push(`close ${name}`) }) as unknown as SourceDatabase;
  const over = new LoadLimits({
    context,
    connection: 'oltp',
    database: databaseOf('oltp', source),
    limits: { ...none, ...limits },
    open: async (name) => {
      log.push(`open ${name}`);
      const load = replicas[name];
      if (load === undefined) throw new Error('refused for hunter22');
      return databaseOf(name, load);
    },
  });
  return { over, log, warnings };
}

test('threads above the limit count, those at it do not', async () => {
  const busy = (running: number) =>
    limitsOver({ threadsRunning: 40 }, { ...calm, threadsRunning: running }).over.passed();
  expect(await busy(40)).toEqual([]);
  expect(await busy(41)).toEqual(['41 threads are running, the limit is 40']);
});

test('without lag_of the lag of the server itself counts', async () => {
  const { over } = limitsOver({ replicaLagMs: 10_000 }, { ...calm, lagSeconds: 11 });
  expect(await over.passed()).toEqual(["'oltp' is 11 s behind, the limit is 10 s"]);
});

test('with lag_of that of each replica counts, each opened once and closed at the end', async () => {
  const replicas = { a: { ...calm, lagSeconds: 4 }, b: { ...calm, lagSeconds: 30 } };
  const { over, log } = limitsOver({ replicaLagMs: 10_000, lagOf: ['a', 'b'] }, calm, replicas);
  expect(await over.passed()).toEqual(["'b' is 30 s behind, the limit is 10 s"]);
  await over.passed();
  await over.close();
  expect(log).toEqual(['open a', 'open b', 'close a', 'close b']);
});

test('what cannot be told limits nothing, and is said once without secrets', async () => {
  const { over, log, warnings } = limitsOver({ replicaLagMs: 10_000, lagOf: ['a', 'gone'] }, calm, { a: calm });
  for (let check = 0; check < 3; check++) expect(await over.passed()).toEqual([]);
  await over.close();
  expect(log).toEqual(['open a', 'open gone', 'close a']);
  expect(warnings.map(({ message }) => message.replace(/ \(.*\)/, ''))).toEqual([
    "how busy 'gone' is cannot be asked, reading goes on without that: refused for ***",
    "how far 'a' is behind cannot be told: reading goes on without that limit",
  ]);
});
