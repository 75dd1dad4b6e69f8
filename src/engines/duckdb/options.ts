/** The options of a `type: duckdb` connection. */
import { parse, resolve } from 'node:path';
import { EtlError } from '../../errors.js';
import type { ConnectionDefinition } from '../contract.js';
import { workDatabase } from './dialect.js';

export interface DuckdbOptions {
  /** Absolute path of the file. */
  readonly path: string;
  /** As DuckDB writes sizes, e.g. `2GB`; its own default where undefined. */
  readonly memoryLimit: string | undefined;
  readonly threads: number | undefined;
  /** Absolute path of the copy for readers; undefined where none is wanted. */
  readonly publishCopy: string | undefined;
}

const known = ['path', 'memory_limit', 'threads', 'publish_copy'];

/** Reads and checks a connection's options. Errors: DEFINITION. */
export function parseOptions({ name, options, root }: ConnectionDefinition): DuckdbOptions {
  const wrong = (message: string, hint?: string): EtlError =>
    new EtlError('DEFINITION', `connection '${name}': ${message}`, { hint });
  for (const option of Object.keys(options)) {
    if (!known.includes(option) && option !== 'type') {
      throw wrong(`unknown option '${option}'`, `one of: ${known.join(', ')}`);
    }
  }
  const { path, memory_limit: memoryLimit, threads, publish_copy: copy } = options;
  if (typeof path !== 'string' || path === '') throw wrong(`'path' must name a file`);
  // DuckDB calls a database as its file.
  if (parse(path).name === workDatabase) throw wrong(`the file may not be called ${workDatabase}`, 'rename it');
  if (memoryLimit !== undefined && typeof memoryLimit !== 'string')
    throw wrong(`'memory_limit' must be a size like 2GB`);
  const count = threads === undefined ? undefined : Number(threads);
  if (count !== undefined && (!Number.isInteger(count) || count < 1)) throw wrong(`'threads' must be a whole number`);
  if (copy !== undefined && (typeof copy !== 'string' || copy === '')) throw wrong(`'publish_copy' must name a file`);
  const publishCopy = copy === undefined ? undefined : resolve(root, copy);
  if (publishCopy === resolve(root, path)) throw wrong(`'publish_copy' must be another file than 'path'`);
  return { path: resolve(root, path), memoryLimit, threads: count, publishCopy };
}
