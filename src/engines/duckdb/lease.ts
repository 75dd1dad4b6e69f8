/**
 * The lease of a warehouse is the lock on its file, which DuckDB holds as long as the file is open and the operating system
 * takes back when the process dies. A file beside it, `<path>.holder.json`, says who has it.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { EtlError } from '../../errors.js';
import type { Holder, Lease } from '../contract.js';
import { classifyIo } from './errors.js';

/**
 * Writes down the holder. Errors: DISK_FULL, IO. `lost` never aborts: nobody can take the lock of a living process.
 * @param checkpoints of the file as the holder found it
 */
export function takeLease(path: string, holder: Holder, checkpoints?: number): Lease {
  const file = holderFile(path);
  try {
    const note: HolderNote = { ...holder, checkpoints };
    writeFileSync(`${file}.new`, `${JSON.stringify(note)}\n`);
    renameSync(`${file}.new`, file);
  } catch (thrown) {
    throw classifyIo(thrown);
  }
  return {
    assertHeld: async () => {},
    lost: new AbortController().signal,
    release: async () => {
      if (readHolder(path)?.runId === holder.runId) rmSync(file, { force: true });
    },
  };
}

/**
 * The same error with who holds the file: the run, where the file beside it tells, else the process.
 * @param copy path of the copy for readers, where there is one
 */
export function nameHolder(error: EtlError, path: string, copy: string | undefined): EtlError {
  const [, program, pid] = /held in (.*) \(PID (\d+)\)/.exec(error.message) ?? [];
  const holder = readHolder(path);
  // A holder file that a killed run left says nothing of the process which has the lock now.
  const isCurrent = holder !== undefined && (pid === undefined || Number(pid) === holder.pid);
  const who = isCurrent
    ? `run ${holder.runId} (process ${holder.pid} on ${holder.host}, since ${holder.startedAt})`
    : pid !== undefined
      ? `process ${pid} (${program})`
      : undefined;
  const message = who === undefined ? error.message : `the warehouse ${path} is held by ${who}`;
  return new EtlError('WAREHOUSE_LOCKED', message, {
    cause: error,
    hint: isCurrent
      ? 'wait until it has ended'
      : `close the program that has the file open; ${copy === undefined ? '`publish_copy` of the connection gives readers a file of their own' : `readers can open ${copy}`}`,
  });
}

/** Removes what a killed run wrote of itself. */
export function forgetHolder(path: string, living: Holder | undefined): void {
  if (readHolder(path)?.runId !== living?.runId) rmSync(holderFile(path), { force: true });
}

function holderFile(path: string): string {
  return `${path}.holder.json`;
}

/** What stands in the file beside the warehouse. */
interface HolderNote extends Holder {
  readonly checkpoints?: number | undefined;
}

/**
 * A log that a killed run left belongs to a file that was checkpointed at least as often as that run had found it. Beside an
 * older file, put back from a backup, DuckDB would put what is in the log into that. Errors: CONNECTION.
 */
export function refuseLogOfNewer(path: string, checkpoints: number | undefined): void {
  const log = `${path}.wal`;
  if (checkpoints === undefined || !existsSync(log)) return;
  const holder = readHolder(path);
  if (holder?.checkpoints === undefined || checkpoints >= holder.checkpoints) return;
  throw new EtlError(
    'CONNECTION',
    `the warehouse ${path} is older than the log beside it, ${log}, which run ${holder.runId} left when it was killed`,
    { hint: `if the file was put back from a backup, remove ${log}; the next run reads again what has come since` },
  );
}

function readHolder(path: string): HolderNote | undefined {
  try {
    const holder: HolderNote = JSON.parse(readFileSync(holderFile(path), 'utf8'));
    return typeof holder.runId === 'string' ? holder : undefined;
  } catch {
    return undefined;
  }
}
