/**
 * A warehouse whose process dies, or whose statement fails, at a chosen moment. After a death nothing is executed any more
 * and nothing returns, as with `kill -9`: not even a rollback or a close.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Lease, Session, Warehouse } from '../../src/engines/contract.js';
import { EtlError } from '../../src/errors.js';

/** When it happens: at the n-th statement of all sessions (from 0), at a commit of data, at the n-th statement that publishes it. */
export type FateMoment = { readonly at: 'statement' | 'publish'; readonly n: number } | { readonly at: 'commit' };

export interface Fate {
  /** `dies`: the process. `fails`: the statement, with an error. */
  readonly how: 'dies' | 'fails';
  readonly when: FateMoment;
  /** True: the statement has been executed, but who sent it does not get to know. */
  readonly afterwards: boolean;
}

/** No process has this id. */
const nobody = 2 ** 22 + 1;

/** True within a statement that is being executed. */
const underWay = new AsyncLocalStorage<boolean>();

const leaves = ['execute', 'query', 'begin', 'commit', 'rollback', 'columns', 'describe', 'load', 'close'] as const;
type Method = (typeof leaves)[number] | 'publish';

/** One process: what it has done to its warehouse, and whether it lives. */
export class Life {
  readonly #fate: Fate | undefined;
  readonly #running = new Set<Promise<unknown>>();
  readonly #sessions = new Set<Session>();
  #calls = 0;
  #isPublishing = false;
  #dies: () => void = () => undefined;
  /** Resolves at the death. */
  readonly death = new Promise<void>((dies) => {
    this.#dies = dies;
  });
  isOver = false;
  /** True once the fate has been met. */
  isMet = false;
  /** True from where the run says that it commits what it publishes: its clean-up has commits of its own. */
  isCommitting = false;
  /** True once data was committed. */
  hasCommitted = false;

  constructor(fate: Fate | undefined) {
    this.#fate = fate;
  }

  /** A warehouse as this process has it. What the warehouse itself does by its sessions is this process's work as well. */
  lend(warehouse: Warehouse, close: () => Promise<void>): Warehouse {
    const open = warehouse.session.bind(warehouse);
    warehouse.session = async () => this.#watch(await this.#leaf(open));
    return {
      engine: warehouse.engine,
      serverVersion: warehouse.serverVersion,
      notices: warehouse.notices,
      acquire: async (holder) => this.#lease(await this.#leaf(() => warehouse.acquire({ ...holder, pid: nobody }))),
      session: () => this.#alive(() => warehouse.session()),
      checkTimezone: (timezone) => this.#alive(() => warehouse.checkTimezone(timezone)),
      recover: () => this.#alive(() => warehouse.recover()),
      dropLeftovers: (...given) => this.#alive(() => warehouse.dropLeftovers(...given)),
      close: () =>
        this.#alive(async () => {
          for (const session of this.#sessions) await session.close();
          warehouse.session = open;
          await close();
        }),
    };
  }

  /** Until what was under way at the death has come to its end; who buries the process has its sessions then. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    for (const session of this.#sessions) {
      for (const method of [...leaves, 'publish']) Reflect.deleteProperty(session, method);
    }
  }

  #lease(lease: Lease): Lease {
    return {
      lost: lease.lost,
      assertHeld: (session) => lease.assertHeld(session),
      release: () => this.#leaf(() => lease.release()),
    };
  }

  #watch(session: Session): Session {
    this.#sessions.add(session);
    const own = session as unknown as Record<Method, (...given: unknown[]) => Promise<unknown>>;
    for (const method of leaves) {
      const call = own[method].bind(session);
      own[method] = (...given) => {
        // A part of a statement under way: it ends with that, as what has been sent does.
        if (underWay.getStore() === true) return call(...given);
        return this.#statement(method, () => this.#leaf(() => underWay.run(true, () => call(...given))));
      };
    }
    const publish = session.publish.bind(session);
    session.publish = async (publication) => {
      this.#isPublishing = true;
      this.#calls = this.#fate?.when.at === 'publish' ? 0 : this.#calls;
      await publish(publication);
    };
    return session;
  }

  async #statement<T>(method: Method, work: () => Promise<T>): Promise<T> {
    const isDue = !this.isOver && !this.isMet && this.#isDue(method);
    if (isDue && this.#fate?.afterwards === false) return this.#meet();
    const result = await work();
    if (method === 'commit' && this.isCommitting) this.hasCommitted = true;
    return isDue ? this.#meet() : result;
  }

  #isDue(method: Method): boolean {
    const when = this.#fate?.when;
    this.#calls += 1;
    if (when === undefined || when.at === 'commit') return method === when?.at;
    return (when.at === 'statement' || this.#isPublishing) && this.#calls === when.n + 1;
  }

  /** The end of the process, or of the statement. */
  #meet(): Promise<never> {
    this.isMet = true;
    if (this.#fate?.how === 'fails') throw this.#failure(this.#fate);
    this.isOver = true;
    this.#dies();
    return never;
  }

  #failure({ when, afterwards }: Fate): EtlError {
    if (when.at !== 'commit' || !afterwards) return new EtlError('DATABASE', 'the disk is full');
    return new EtlError('COMMIT_UNKNOWN', 'the connection broke before the answer');
  }

  /** What a dead process has sent comes to its end, unheard. */
  async #leaf<T>(work: () => Promise<T>): Promise<T> {
    if (this.isOver) return never;
    const running = work();
    this.#running.add(running);
    const ended = () => void this.#running.delete(running);
    running.then(ended, ended);
    return this.#alive(() => running);
  }

  async #alive<T>(work: () => Promise<T>): Promise<T> {
    if (this.isOver) return never;
    try {
      const result = await work();
      return this.isOver ? never : result;
    } catch (thrown) {
      if (this.isOver) return never;
      throw thrown;
    }
  }
}

const never = new Promise<never>(() => undefined);
