/**
 * `publish_copy`: a copy of the warehouse that readers open, put in the place of the last one by a rename. Who has the last one
 * open goes on reading it, and nobody ever sees half a file.
 */
import { constants, existsSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EtlError } from '../../errors.js';
import type { ConnectionDefinition, CopyRequest, PublishedCopy, Session } from '../contract.js';
import { connect, type OpenFile, openToRead, openToWrite } from './connect.js';
import { classify, classifyIo } from './errors.js';
import { nameHolder } from './lease.js';
import { type DuckdbOptions, parseOptions } from './options.js';
import { DuckdbSession } from './session.js';

/** See `Engine.publishCopy`. */
export async function publishCopy(
  connection: ConnectionDefinition,
  request: CopyRequest,
): Promise<PublishedCopy | undefined> {
  const options = parseOptions(connection);
  if (options.publishCopy === undefined) return undefined;
  const began = Date.now();
  try {
    await mkdir(dirname(options.publishCopy), { recursive: true });
    const target = existsSync(options.publishCopy) ? realpathSync(options.publishCopy) : options.publishCopy;
    const bytes = await replaceCopy(options, target, request);
    return bytes === undefined ? undefined : { path: options.publishCopy, bytes, durationMs: Date.now() - began };
  } catch (thrown) {
    throw classifyIo(thrown);
  }
}

/** The size of the new copy; undefined where the last one will do. */
async function replaceCopy(options: DuckdbOptions, target: string, request: CopyRequest): Promise<number | undefined> {
  removeAbandoned(target);
  const temporary = `${target}.${process.pid}${suffix}`;
  const last = inodeOf(target);
  try {
    const bytes = await copyIfChanged(options, target, temporary, request);
    if (bytes === undefined) return undefined;
    await finishFile(temporary, modeOf(target) ?? modeOf(options.path, readable));
    // The lock is gone by now: what another run has put there meanwhile is newer.
    if (inodeOf(target) !== last) return undefined;
    // A log that somebody's writing to the last copy left would be taken for the new one's.
    rmSync(`${target}.wal`, { force: true });
    await rename(temporary, target);
    await syncFolder(dirname(target));
    return bytes;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Copies under the file's read lock, so that no run writes to it meanwhile. */
async function copyIfChanged(
  options: DuckdbOptions,
  target: string,
  temporary: string,
  { settings, stateOf, onStart }: CopyRequest,
): Promise<number | undefined> {
  const file = await lockedToRead(options);
  try {
    const stateIn = (opened: OpenFile) => inSession(opened, settings, stateOf);
    const state = await stateIn(file);
    if (existsSync(target) && (await stateOfCopy({ ...options, path: target }, stateIn)) === state) return undefined;
    const bytes = statSync(file.path).size;
    onStart(bytes);
    // Once: to close any descriptor of the file gives up the process's lock on it. A clone where the file system has them.
    await copyFile(file.path, temporary, constants.COPYFILE_FICLONE);
    return bytes;
  } finally {
    file.release();
  }
}

async function lockedToRead(options: DuckdbOptions): Promise<OpenFile> {
  try {
    // The file alone is copied: what a killed program left in the log belongs into it first.
    if (existsSync(`${options.path}.wal`)) await checkpoint(options);
    return await openToRead(options);
  } catch (thrown) {
    const error = thrown instanceof EtlError && thrown.cause instanceof EtlError ? thrown.cause : classify(thrown);
    throw error.code === 'WAREHOUSE_LOCKED' ? nameHolder(error, options.path, options.publishCopy) : thrown;
  }
}

async function checkpoint(options: DuckdbOptions): Promise<void> {
  const file = await openToWrite(options);
  try {
    const connection = await connect(file);
    await connection.run('checkpoint');
    connection.closeSync();
  } finally {
    file.release();
  }
}

/** Undefined where it cannot be told: somebody opened the copy to write, or it is damaged. It is replaced then. */
async function stateOfCopy(
  copy: DuckdbOptions,
  stateIn: (opened: OpenFile) => Promise<string | undefined>,
): Promise<string | undefined> {
  let file: OpenFile;
  try {
    file = await openToRead(copy);
  } catch {
    return undefined;
  }
  try {
    const state = await stateIn(file);
    if (state !== undefined) return state;
  } finally {
    file.release();
  }
  throw new EtlError('IO', `${copy.path} is a database of its own and no copy of a warehouse`, {
    hint: 'name another file by `publish_copy`, or remove that one',
  });
}

async function inSession<T>(
  file: OpenFile,
  settings: CopyRequest['settings'],
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = new DuckdbSession({ connection: await connect(file), settings });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

const suffix = '.copying';

/** What killed processes had begun. */
function removeAbandoned(target: string): void {
  const prefix = `${basename(target)}.`;
  for (const name of readdirSync(dirname(target))) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue;
    const pid = Number(name.slice(prefix.length, -suffix.length));
    if (Number.isInteger(pid) && !isAlive(pid)) rmSync(join(dirname(target), name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Nobody may write, unless the last copy says otherwise. */
const readable = 0o444;

function modeOf(path: string, mask = 0o777): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : stats.mode & mask;
}

function inodeOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}-${stats.ino}`;
}

/** On the disk before the rename, or a power cut could leave an empty file under the copy's name. */
async function finishFile(path: string, mode: number | undefined): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
    if (mode !== undefined) await chmod(path, mode);
  } finally {
    await handle.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  // Not every system can; the rename is in order all the same.
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
