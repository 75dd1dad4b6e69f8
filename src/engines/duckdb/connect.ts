/** Opens DuckDB files. One file is opened once a process, whoever asks for it. */
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { EtlError } from '../../errors.js';
import { checkpointsOf } from './checkpoints.js';
import { classify } from './errors.js';
import { refuseLogOfNewer } from './lease.js';
import type { DuckdbOptions } from './options.js';

/** An open file; `release` closes it once everybody has released it. */
export interface OpenFile {
  /** Without links. */
  readonly path: string;
  /** See `checkpointsOf`, before it was opened. */
  readonly checkpoints: number | undefined;
  readonly instance: DuckDBInstance;
  release(): void;
}

/** `look`: to read, and no other file is touched. */
type Access = 'read' | 'look' | 'write';

interface Shared {
  readonly checkpoints: number | undefined;
  readonly access: Access;
  readonly opening: Promise<DuckDBInstance>;
  users: number;
}

/**
 * DuckDB does not see that its own process has a file open already: two instances would write over each other, and the
 * first to close would drop the lock of both. So readers share one instance, and a writer is alone.
 */
const openFiles = new Map<string, Shared>();

/** Opens a file that exists, to read. Errors: CONNECTION. */
export async function openToRead(options: DuckdbOptions): Promise<OpenFile> {
  if (!existsSync(options.path)) {
    throw new EtlError('CONNECTION', `there is no DuckDB file ${options.path}`, {
      hint: 'mend `path` of the connection',
    });
  }
  try {
    return await open(options, 'read');
  } catch (thrown) {
    const error = classify(thrown);
    if (error.code !== 'WAREHOUSE_LOCKED') throw asConnectionError(error);
    // Another process writes to it, or it is the warehouse of this run.
    throw new EtlError('CONNECTION', `cannot read ${options.path}: ${error.message}`, {
      cause: error,
      retryable: true,
    });
  }
}

/** Opens a file that exists for statements of users, which may read it and do nothing else. Errors: CONNECTION, WAREHOUSE_LOCKED. */
export async function openToLook(options: DuckdbOptions): Promise<OpenFile> {
  try {
    return await open(options, 'look');
  } catch (thrown) {
    throw asConnectionError(classify(thrown));
  }
}

/** Opens a file to write, made anew where there is none. Errors: CONNECTION, WAREHOUSE_LOCKED. */
export async function openToWrite(options: DuckdbOptions): Promise<OpenFile> {
  try {
    mkdirSync(dirname(options.path), { recursive: true });
    return await open(options, 'write');
  } catch (thrown) {
    throw asConnectionError(classify(thrown));
  }
}

/** A connection of its own at UTC. Errors: those of `classify`. */
export async function connect(file: OpenFile): Promise<DuckDBConnection> {
  let connection: DuckDBConnection | undefined;
  try {
    connection = await file.instance.connect();
    // A database that a fatal error has closed says so to statements alone.
    await connection.run('select 1');
    return connection;
  } catch (thrown) {
    // One that stayed open would keep the file open too.
    connection?.closeSync();
    throw classify(thrown);
  }
}

/** Whose connections are all at UTC. */
async function openInstance(path: string, options: Record<string, string>): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(path, options);
  try {
    const connection = await instance.connect();
    await connection.run("set global TimeZone = 'UTC'").finally(() => connection.closeSync());
    return instance;
  } catch (thrown) {
    // What stayed open would keep the file's lock.
    instance.closeSync();
    throw thrown;
  }
}

async function open(options: DuckdbOptions, access: Access): Promise<OpenFile> {
  const path = existsSync(options.path)
    ? realpathSync(options.path)
    : join(realpathSync(dirname(options.path)), basename(options.path));
  const shared = openFiles.get(path);
  if (shared !== undefined && (access === 'write' || shared.access !== access)) {
    throw new EtlError('WAREHOUSE_LOCKED', `this process (pid ${process.pid}) has ${path} open already`);
  }
  const entry = shared ?? { ...begin(options, path, access), access, users: 0 };
  openFiles.set(path, entry);
  entry.users += 1;
  let held = true;
  const release = (instance: DuckDBInstance | undefined) => {
    if (!held) return;
    held = false;
    entry.users -= 1;
    if (entry.users > 0) return;
    openFiles.delete(path);
    instance?.closeSync();
  };
  try {
    const instance = await entry.opening;
    return { path, checkpoints: entry.checkpoints, instance, release: () => release(instance) };
  } catch (thrown) {
    release(undefined);
    throw thrown;
  }
}

function begin(options: DuckdbOptions, path: string, access: Access): Pick<Shared, 'checkpoints' | 'opening'> {
  const checkpoints = checkpointsOf(path);
  refuseLogOfNewer(path, checkpoints);
  return { checkpoints, opening: openInstance(path, settings(options, access)) };
}

function settings(options: DuckdbOptions, access: Access): Record<string, string> {
  return {
    access_mode: access === 'write' ? 'READ_WRITE' : 'READ_ONLY',
    // A statement of a user could write a file with COPY, or attach one.
    ...(access === 'look' ? { enable_external_access: 'false' } : {}),
    // What is needed is built in; nothing is fetched from the network.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    errors_as_json: 'true',
    // What is freed in larger pieces than this goes back to the system at once, beside `memory_limit` no less than within it.
    allocator_bulk_deallocation_flush_threshold: '16MB',
    // Each group of rows is compressed when it is full: five at once are memory, and a pause in what is being loaded.
    write_buffer_row_group_count: '1',
    ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  };
}

function asConnectionError(error: EtlError): EtlError {
  if (error.code !== 'DATABASE' && error.code !== 'IO') return error;
  return new EtlError('CONNECTION', error.message, { cause: error.cause, hint: error.hint });
}
