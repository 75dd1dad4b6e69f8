/** Tells when the files of a project change. */
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { watch } from 'chokidar';
import { toEtlError } from '../errors.js';

const followed = ['chat-etl.config.yaml', 'pipelines', 'sql', 'seeds', 'introspected', 'unit_tests'];

/** An editor that saves writes a file in several steps, and often several files. */
const settledAfterMs = 50;

export interface FileWatch {
  /** Waits for a change since the last call, until the files have settled; ends early when `signal` aborts. */
  changed(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Changes count from when this is resolved. Errors: IO. */
export async function watchFiles(root: string): Promise<FileWatch> {
  const watcher = watch(
    followed.map((name) => resolve(root, name)),
    { ignoreInitial: true },
  );
  let isChanged = false;
  let wake: () => void = () => undefined;
  watcher.on('all', () => {
    isChanged = true;
    wake();
  });
  await new Promise<void>((ready, fail) => {
    watcher.once('ready', ready);
    watcher.once('error', (thrown) => fail(toEtlError(thrown)));
  });
  return {
    async changed(signal) {
      if (!isChanged && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      while (isChanged) {
        isChanged = false;
        await delay(settledAfterMs);
      }
    },
    close: () => watcher.close(),
  };
}
