/**
 * What our own process takes beside DuckDB. Its peak says little of that: DuckDB alone goes some 250 MB above its
 * `memory_limit` while it compresses. So the runtime is asked: its size at start, its heap, and its buffers outside of that.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from './race.js';

/** The same command, which writes at its end how many bytes it took at most into `file`. */
export async function withProbe(command: Command, file: string): Promise<Command> {
  const probe = `${file}.cjs`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(
    probe,
    `const { heapTotal, external, rss } = process.memoryUsage();
const base = rss - heapTotal - external;
let peak = 0;
setInterval(() => {
  const now = process.memoryUsage();
  peak = Math.max(peak, base + now.heapTotal + now.external);
}, 50).unref();
process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(file)}, String(peak)));
`,
  );
  return { ...command, args: ['--require', probe, ...command.args] };
}

export async function probedMegabytes(file: string): Promise<number> {
  return Number(await readFile(file, 'utf8')) / 1024 ** 2;
}
