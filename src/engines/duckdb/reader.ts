/** A warehouse in a DuckDB file, or its copy for readers, opened so that nothing can be written. */
import { existsSync } from 'node:fs';
import { EtlError, toEtlError } from '../../errors.js';
import type { ConnectionDefinition, OpenSettings, Reader } from '../contract.js';
import { connect, type OpenFile, openToLook } from './connect.js';
import { nameHolder } from './lease.js';
import { type DuckdbOptions, parseOptions } from './options.js';
import { DuckdbSession } from './session.js';

/** Errors: CONNECTION where there is no file yet, WAREHOUSE_LOCKED where a run holds it and there is no copy. */
export async function openReader(connection: ConnectionDefinition, settings: OpenSettings): Promise<Reader> {
  const { file, copy } = await openFile(parseOptions(connection));
  try {
    const session = new DuckdbSession({ connection: await connect(file), settings });
    const close = async () => {
      await session.close();
      file.release();
    };
    // Temporary tables are in memory, whatever the file may be opened for.
    return { session, copy, makingScratchTables: (work) => work(), close };
  } catch (thrown) {
    file.release();
    throw thrown;
  }
}

async function openFile(
  options: DuckdbOptions,
): Promise<{ readonly file: OpenFile; readonly copy: string | undefined }> {
  const { path, publishCopy: copy } = options;
  if (!existsSync(path)) {
    throw new EtlError('CONNECTION', `there is no warehouse ${path} yet`, { hint: '`chat-etl run` makes it' });
  }
  try {
    return { file: await openToLook(options), copy: undefined };
  } catch (thrown) {
    const error = toEtlError(thrown);
    if (error.code !== 'WAREHOUSE_LOCKED') throw error;
    if (copy === undefined || !existsSync(copy)) throw nameHolder(error, path, copy);
    return { file: await openToLook({ ...options, path: copy }), copy };
  }
}
