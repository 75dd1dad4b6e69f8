/** Starts a run over the chat in memory: others write meanwhile, the source may break, the process may die. */
import { vi } from 'vitest';
import { EtlError } from '../../src/errors.js';
import type { Plan } from '../../src/plan/types.js';
import type { RunReport } from '../../src/run/events.js';
import type { Selection } from '../../src/run/options.js';
import { run } from '../../src/run/run.js';
import type { AtMoment, Moment } from './chat-database.js';
import type { ChatModel } from './chat-model.js';
import { type Definitions, projectOf } from './definitions.js';
import { connectionsOf, processes } from './engines.js';
import { type Fate, Life } from './mortal.js';
import type { Meanwhile } from './operations.js';
import type { Place } from './places.js';
import { doWrite } from './writes.js';

export interface RunRequest {
  /** A name that no other run under way has. */
  readonly name: string;
  /** Folder for project files. */
  readonly root: string;
  readonly chat: ChatModel;
  readonly place: Place;
  readonly definitions: Definitions;
  readonly selection: Partial<Selection>;
  readonly meanwhile: readonly Meanwhile[];
  readonly ill?: {
    readonly fate?: Fate;
    readonly source?: { readonly at: Moment; readonly n: number };
    readonly abort?: { readonly atEvent: number; readonly by: 'signal' | 'throw' };
  };
}

export interface Ending {
  readonly status: RunReport['status'] | 'died';
  readonly report: RunReport | undefined;
  readonly plan: Plan | undefined;
  readonly life: Life;
  readonly startedAt: Date;
  /** The writes that were done while it went on. */
  readonly written: readonly Meanwhile[];
}

export async function startRun(request: RunRequest): Promise<Ending> {
  const { name, root, chat, place, definitions, selection, ill } = request;
  const { config, project } = await projectOf(root, definitions);
  const life = new Life(ill?.fate);
  const written: Meanwhile[] = [];
  processes.set(name, { chat, place, life, at: atMoment(request, life, written) });
  const aborter = new AbortController();
  let events = 0;
  let plan: Plan | undefined;
  const startedAt = chat.date;
  vi.setSystemTime(startedAt);
  const running = run({
    config: { ...config, connections: connectionsOf(name, place) },
    project,
    selection: { pipelines: [], withUpstreams: true, fullRefresh: false, reload: [], ...selection },
    trigger: 'test',
    asOf: undefined,
    signal: aborter.signal,
    onEvent: (event) => {
      if (event.type === 'run-started') plan = event.plan;
      if (event.type === 'stage') life.isCommitting = event.stage === 'commit';
      if (events++ !== ill?.abort?.atEvent) return;
      if (ill.abort.by === 'throw') throw new Error('the listener broke');
      aborter.abort();
    },
  });
  const report = await Promise.race([running, life.death.then(() => undefined)]);
  if (report === undefined) {
    await place.cut();
    await life.settled();
    await place.crash();
  }
  processes.delete(name);
  return { status: report?.status ?? 'died', report, plan, life, startedAt, written };
}

/** Does what others do at this moment; throws where the source breaks, or who reads it is dead. */
function atMoment({ chat, meanwhile, ill }: RunRequest, life: Life, written: Meanwhile[]): AtMoment {
  const counts = new Map<Moment, number>();
  return async (moment) => {
    const n = counts.get(moment) ?? 0;
    counts.set(moment, n + 1);
    if (life.isOver) throw new EtlError('CONNECTION_LOST', 'nobody reads any more');
    for (const one of meanwhile) {
      if (one.at === moment && one.n === n && doWrite(chat, one.write)) written.push(one);
    }
    if (ill?.source?.at === moment && ill.source.n === n) throw new EtlError('CONNECTION_LOST', 'the source broke');
  };
}
