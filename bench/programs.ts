/** Benchmarks that are programs of their own, with bounds of their own; the whole bench runs them after its contests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Program {
  readonly title: string;
  /** Beside this file. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const programs: readonly Program[] = [
  {
    title: 'startup, and a run in which nothing changed, two million messages',
    file: 'startup.js',
    env: { SERVER: 'own', MESSAGES: '2000000' },
  },
  {
    title: 'detect and reconcile, two million messages and a million letters',
    file: 'detect.js',
    env: { WAREHOUSE: 'duckdb' },
  },
  {
    title: "detect and reconcile, the warehouse on the source's server",
    file: 'detect.js',
    env: { WAREHOUSE: 'mariadb' },
  },
  // The other spreads have no bound.
  { title: 'history of twenty million messages against two', file: 'history.js', args: ['--spreads', 'recent'] },
];

/**
 * Runs it to its end; what it says is said. True where it met its bounds.
 * @param rounds its own number of them where undefined
 */
export async function runProgram({ file, args = [], env }: Program, rounds: string | undefined): Promise<boolean> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    env: { ...process.env, ...env, ...(rounds === undefined ? {} : { ROUNDS: rounds }) },
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0;
}
