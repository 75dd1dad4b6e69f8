/** Compares a source's server, and its replicas, with the limits of `pause_while`. */
import type { PauseLimits } from '../config/types.js';
import type { ServerLoad, SourceDatabase } from '../engines/contract.js';
import { toEtlError } from '../errors.js';
import type { RunContext } from './context.js';
import { warnOnce } from './warn-once.js';

export interface LoadLimitsRequest {
  readonly context: RunContext;
  readonly connection: string;
  readonly database: SourceDatabase;
  readonly limits: PauseLimits;
  /** Opens the connection of a replica. */
  readonly open: (connection: string) => Promise<SourceDatabase>;
}

/** What cannot be measured is said once a run and limits nothing. */
export class LoadLimits {
  readonly request: LoadLimitsRequest;
  readonly #replicas = new Map<string, Promise<SourceDatabase | undefined>>();

  constructor(request: LoadLimitsRequest) {
    this.request = request;
  }

  /** The limits that are passed now, in words. */
  async passed(): Promise<readonly string[]> {
    const { connection, database, limits } = this.request;
    const { threadsRunning: most, replicaLagMs, lagOf } = limits;
    const load = await this.#loadOf(connection, database);
    const running = load?.threadsRunning ?? 0;
    const busy = most === undefined || running <= most ? [] : [`${running} threads are running, the limit is ${most}`];
    if (replicaLagMs === undefined) return busy;
    const lags =
      lagOf.length === 0
        ? [this.#lagIn(connection, load)]
        : await Promise.all(lagOf.map(async (name) => this.#lagIn(name, await this.#loadOfReplica(name))));
    return [...busy, ...lags.flatMap((lag) => tooLate(lag, replicaLagMs))];
  }

  async close(): Promise<void> {
    const replicas = await Promise.all(this.#replicas.values());
    await Promise.all(replicas.map((replica) => replica?.close()));
  }

  async #loadOfReplica(name: string): Promise<ServerLoad | undefined> {
    // One that cannot be opened is not tried again in this run: each try would hold the reading up.
    const opening =
      this.#replicas.get(name) ?? this.request.open(name).catch((thrown) => this.#warnUnasked(name, thrown));
    this.#replicas.set(name, opening);
    const replica = await opening;
    return replica && this.#loadOf(name, replica);
  }

  async #loadOf(name: string, database: SourceDatabase): Promise<ServerLoad | undefined> {
    try {
      return await database.load?.();
    } catch (thrown) {
      return this.#warnUnasked(name, thrown);
    }
  }

  #lagIn(name: string, load: ServerLoad | undefined): Lag {
    if (load !== undefined && load.lagSeconds === undefined) {
      warnOnce(
        this.request.context,
        `how far '${name}' is behind cannot be told (it is no replica, its replication stands still, or the login lacks REPLICATION CLIENT, on MariaDB REPLICA MONITOR): reading goes on without that limit`,
      );
    }
    return { name, seconds: load?.lagSeconds };
  }

  #warnUnasked(name: string, thrown: unknown): undefined {
    const { message } = toEtlError(thrown);
    warnOnce(this.request.context, `how busy '${name}' is cannot be asked, reading goes on without that: ${message}`);
  }
}

interface Lag {
  readonly name: string;
  /** Undefined where it cannot be told. */
  readonly seconds: number | undefined;
}

function tooLate({ name, seconds }: Lag, limitMs: number): readonly string[] {
  if (seconds === undefined || seconds * 1000 <= limitMs) return [];
  return [`'${name}' is ${seconds} s behind, the limit is ${limitMs / 1000} s`];
}
