/** Reads the columns of the sources and writes them to `introspected/`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config/types.js';
import { EtlError } from '../errors.js';
import { recordPath, type SourceRecord } from '../introspect/record.js';
import { recordSources } from '../introspect/record-sources.js';
import { formatRecord } from '../introspect/write-record.js';
import { didYouMean } from '../nearest.js';
import type { Project, Source } from '../pipeline/types.js';
import { plural } from '../report/format.js';
import { printJson, say } from './common.js';
import type { IntrospectArguments } from './introspect.js';
import { openSourceConnection } from './warehouse.js';
import { withProject } from './with-project.js';

/** Errors: USAGE, CONNECTION, PRIVILEGE, DEFINITION where a source names what is not there, IO. */
export function introspect(flags: IntrospectArguments): Promise<void> {
  return withProject(flags, async ({ config, project }) => {
    const sources = sourcesByConnection(config, project);
    const written: string[] = [];
    for (const connection of chosen(flags.connection, [...sources.keys()])) {
      const record = await recordConnection(config, connection, sources.get(connection) ?? []);
      const path = recordPath(connection);
      await write(join(config.root, path), formatRecord(record));
      written.push(path);
      if (!flags.json && !flags.quiet) say(`${path}: ${plural(record.tables.size, 'table')}`);
    }
    if (flags.json) printJson({ written });
  });
}

/** The sources of each connection that is read from. */
export function sourcesByConnection(config: Config, project: Project): ReadonlyMap<string, readonly Source[]> {
  const sources = [...project.sources.values()];
  const nameOf = (source: Source) => source.connection ?? config.run.from;
  const names = new Set(sources.map(nameOf));
  return new Map([...names].map((name) => [name, sources.filter((source) => nameOf(source) === name)]));
}

export async function recordConnection(
  config: Config,
  connection: string,
  sources: readonly Source[],
): Promise<SourceRecord> {
  const database = await openSourceConnection(config, connection);
  try {
    return await recordSources(connection, database, sources);
  } finally {
    await database.close();
  }
}

function chosen(wanted: readonly string[] | undefined, used: readonly string[]): readonly string[] {
  const unknown = wanted?.find((name) => !used.includes(name));
  if (unknown === undefined) return wanted ?? used;
  throw new EtlError('USAGE', `no source is read from a connection '${unknown}'`, {
    hint: didYouMean(unknown, used) ?? `one of: ${used.join(', ')}`,
  });
}

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (cause) {
    throw new EtlError('IO', `${file} cannot be written`, { cause });
  }
}
