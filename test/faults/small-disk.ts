/** Disks that are soon full. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);
const megabyte = 1024 * 1024;

export interface SmallDisk {
  readonly path: string;
  /** Takes all room but so much. */
  fill(freeBytes: number): Promise<void>;
  /** Gives room. */
  empty(): Promise<void>;
}

/** Why no disk can be mounted here; undefined where it can. */
export const cannotMount = await whyNot(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chat-etl-disk-'));
  try {
    await mount(folder, 1);
    await run('umount', [folder]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Why a process cannot be kept from writing large files here; undefined where it can. */
export const cannotLimitFiles = await whyNot(() => run('prlimit', ['--pid', String(process.pid), '--fsize']));

/** A new disk at an empty folder, in memory; it goes with the test. */
export async function mountSmallDisk(path: string, megabytes: number): Promise<SmallDisk> {
  await mkdir(path, { recursive: true });
  await mount(path, megabytes);
  onTestFinished(async () => {
    await run('umount', ['--lazy', path]);
  });
  const filler = join(path, 'filler');
  return {
    path,
    fill: async (freeBytes) => {
      await rm(filler, { force: true });
      const { bavail, bsize } = await statfs(path);
      await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes)));
    },
    empty: () => rm(filler, { force: true }),
  };
}

/** Bounds the files that this process writes while `work` goes on. */
export async function withFilesBelow<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  const limit = (soft: string) => run('prlimit', ['--pid', String(process.pid), `--fsize=${soft}:`]);
  await limit(String(bytes));
  try {
    return await work();
  } finally {
    await limit('unlimited');
  }
}

async function mount(path: string, megabytes: number): Promise<void> {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes * megabyte}`, 'tmpfs', path]);
}

async function whyNot(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.trim().replaceAll('\n', ' ') : String(error);
  }
}
