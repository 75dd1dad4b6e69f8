/** How often DuckDB has written a file anew: a number in its header, which tells an older copy of the file from a newer one. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';

/** Each checkpoint writes one of two headers, in turn: behind a checksum of 8 bytes the number that counts them. */
const headersAt = [4096, 8192];
const headerBytes = 16;

/**
 * Undefined where there is no such file. Only of a file that this process has not opened: the end of any descriptor of it is
 * the end of its locks.
 */
export function checkpointsOf(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(headerBytes);
    const counts = headersAt.map((at) =>
      readSync(file, header, 0, headerBytes, at) < headerBytes ? 0 : Number(header.readBigUInt64LE(8)),
    );
    return Math.max(...counts);
  } finally {
    closeSync(file);
  }
}
