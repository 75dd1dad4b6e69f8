/**
 * The lease of a warehouse is the lock on its file, which DuckDB holds as long as the file is open and the operating system
 * takes back when the process dies. A file beside it, `<path>.holder.json`, says who has it.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { EtlError } from '../../errors.js';
import type { Holder, Lease } from '../contract.js';
import { classifyIo } from './errors.js';

/** Writes down the holder. Errors: DISK_FULL, IO. `lost` never aborts: nobody can take the lock of a living process. */
export function takeLease(path: string, holder: Holder): Lease {
  const file = holderFile(path);
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify(holder)}\n`);
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

function readHolder(path: string): Holder | undefined {
  try {
    const holder: Holder = JSON.parse(readFileSync(holderFile(path), 'utf8'));
    return typeof holder.runId === 'string' ? holder : undefined;
  } catch {
    return undefined;
  }
}
