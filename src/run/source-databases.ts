/** The source connections of a run, each opened when first used. */
import type { OpenSettings, SourceDatabase } from '../engines/contract.js';
import { loadEngine } from '../engines/registry.js';
import { EtlError } from '../errors.js';
import type { Source } from '../pipeline/types.js';
import type { RunContext } from './context.js';
import { throttled } from './throttled.js';

export class SourceDatabases {
  readonly #opened = new Map<string, Promise<SourceDatabase>>();
  readonly #context: RunContext;

  constructor(context: RunContext) {
    this.#context = context;
  }

  open(source: Source): Promise<SourceDatabase> {
    const name = connectionOf(this.#context, source);
    const opened = this.#opened.get(name) ?? this.#connect(name);
    this.#opened.set(name, opened);
    opened.catch(() => this.#opened.delete(name));
    return opened;
  }

  async close(): Promise<void> {
    const databases = await Promise.allSettled(this.#opened.values());
    await Promise.allSettled(databases.map((it) => (it.status === 'fulfilled' ? it.value.close() : undefined)));
  }

  async #connect(name: string): Promise<SourceDatabase> {
    const open = (connection: string) => openDatabase(this.#context, connection);
    const opened = await this.#context.openedEarly.take(name);
    return throttled(this.#context, name, opened ?? (await open(name)), open);
  }
}

/** Errors: as of `Engine.openSource`. */
export async function openDatabase(
  context: Pick<RunContext, 'config' | 'runId' | 'databases'>,
  name: string,
): Promise<SourceDatabase> {
  if (context.databases !== undefined) return context.databases.openSource(name, openSettings(context));
  const connection = context.config.connections[name];
  if (connection === undefined) throw new EtlError('DEFINITION', `no connection is called '${name}'`);
  return (await loadEngine(connection.type)).openSource(connection, openSettings(context));
}

/** The name of the connection that a source is read from. */
export function connectionOf({ config }: Pick<RunContext, 'config'>, source: Source): string {
  return source.connection ?? config.run.from;
}

function openSettings({ config, runId }: Pick<RunContext, 'config' | 'runId'>): OpenSettings {
  return { timeoutMs: config.run.timeoutMs, label: `chat-etl ${runId}` };
}
