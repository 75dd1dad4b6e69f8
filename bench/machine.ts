/** What a figure rests on: the machine and the versions, without any name of a host. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { version as duckdb } from '@duckdb/node-api';
import type { Server } from './server.js';

export function machine(server: Server): string {
  const [cpu] = cpus();
  return [
    `${availableParallelism()} cores (${cpu?.model.trim()}), ${Math.round(totalmem() / 1024 ** 3)} GB of memory, ${process.platform}`,
    `MariaDB ${server.version}, Node ${process.version}, DuckDB ${duckdb()}`,
    `load when it began: ${loadavg()[0]?.toFixed(1)} (above 1, take the figures with salt)`,
  ].join('\n');
}
