/** What may happen in a history: writes of the application, before and during runs, changes of definitions, and runs. */
import * as fc from 'fast-check';
import { type Moment, moments } from './chat-database.js';
import type { Broken, Definitions } from './definitions.js';
import type { Fate } from './mortal.js';
import type { Write } from './writes.js';

/** A write that is done at the n-th such moment (from 0) of the next run. */
export interface Meanwhile {
  readonly op: 'meanwhile';
  readonly at: Moment;
  readonly n: number;
  readonly write: Write;
}

export interface Redefinition {
  readonly op: 'redefine';
  readonly what: keyof typeof redefinitions;
}

export type Run =
  | { readonly op: 'run' }
  | { readonly op: 'run of'; pipelines: readonly string[]; withUpstreams: boolean }
  | { readonly op: 'run --full-refresh'; pipelines: readonly string[] }
  | { readonly op: 'run --reload'; reload: readonly string[] }
  | { readonly op: 'run --detect'; detect: readonly string[] }
  | { readonly op: 'run of a broken definition'; broken: Broken }
  | { readonly op: 'run of a broken source'; readonly at: Moment; readonly n: number }
  | { readonly op: 'interrupted run'; atEvent: number; by: 'signal' | 'throw' }
  | { readonly op: 'ill-fated run'; fate: Fate };

export type Operation = Write | Meanwhile | Redefinition | Run;

export const redefinitions = {
  "a model's filter": (now) => ({ ...now, skipsShort: !now.skipsShort }),
  'a new column of a model': (now) => ({ ...now, twice: true }),
  'a var': (now) => ({ ...now, longFrom: 6 - now.longFrom }),
  'a macro': (now) => ({ ...now, strictMacro: !now.strictMacro }),
  'a view': (now) => ({ ...now, viewFrom: 1 - now.viewFrom }),
  'a partition model': (now) => ({ ...now, countsDays: !now.countsDays }),
  'a spread': (now) => ({ ...now, activeDays: now.activeDays === 1 ? 2 : 1 }),
  'a merge consumer comes or goes': (now) => ({ ...now, copy: !now.copy }),
  'a partition consumer comes or goes': (now) => ({ ...now, userTotals: !now.userTotals }),
  strategies: (now) => ({ ...now, otherStrategies: !now.otherStrategies }),
  'a key': (now) => ({ ...now, keyedDays: !now.keyedDays }),
  'a snapshot': (now) => ({ ...now, loudNames: true }),
  'the columns of a source': (now) => ({ ...now, color: now.color === 'color' ? 'label' : 'color' }),
  'the deletes of a source': (now) => ({ ...now, pinsDetect: !now.pinsDetect }),
  'kept rows': (now) => ({ ...now, keeps: !now.keeps }),
  'what kept rows erase': (now) => ({ ...now, keeps: true, erases: !now.erases }),
  'a retention': (now) => ({ ...now, retains: !now.retains }),
  'what a history erases': (now) => ({ ...now, erasesNames: !now.erasesNames }),
  'a lookback': (now) => ({ ...now, lookback: !now.lookback }),
  'the time zone': (now) => ({ ...now, timezone: now.timezone === 'UTC' ? 'Pacific/Auckland' : 'UTC' }),
  atomicity: (now) => ({ ...now, atomicity: now.atomicity === 'run' ? 'step' : 'run' }),
} as const satisfies Record<string, (now: Definitions) => Definitions>;

/** Any of the operations whose parts are these; who calls it sees to it that they fit together. */
function of<T extends Operation>(shape: Readonly<Record<keyof T & 'op', unknown>> & Readonly<Record<string, unknown>>) {
  const parts = Object.entries(shape).map(([name, part]) => [
    name,
    part instanceof fc.Arbitrary ? part : fc.constant(part),
  ]);
  return fc.record(Object.fromEntries(parts)) as fc.Arbitrary<unknown> as fc.Arbitrary<T>;
}

const nth = fc.nat(7);
const chat = fc.integer({ min: 1, max: 3 });
const user = fc.integer({ min: 0, max: 4 });
const day = fc.integer({ min: 0, max: 5 });
const chars = fc.integer({ min: 0, max: 5 });
const pipelines = fc.subarray(['chat', 'daily', 'more'], { minLength: 1, maxLength: 2 });

const dataWrite: fc.Arbitrary<Write> = fc.oneof(
  of<Write>({ op: fc.constantFrom('insert', 'insert, committed late'), user, chat, day, chars }),
  of<Write>({ op: fc.constantFrom('edit', 'late edit', 'edit, committed late'), message: nth, chars }),
  of<Write>({ op: 'move to a chat', message: nth, to: chat }),
  of<Write>({ op: 'move to a user', message: nth, to: user }),
  of<Write>({ op: 'move to a day', message: nth, to: day }),
  of<Write>({ op: fc.constantFrom('soft delete', 'undelete', 'hard delete', 'insert again'), message: nth }),
  of<Write>({
    op: fc.constantFrom(
      ...(['new user', 'user moves', 'user moves', 'user is renamed', 'user is removed', 'user comes back'] as const),
      'user is deleted for good',
    ),
    user,
  }),
  of<Write>({ op: fc.constantFrom('new user with a message', 'new user with a message, committed late'), chat, day }),
  of<Write>({
    op: fc.constantFrom('reaction', 'reaction', 'reaction is removed', 'reaction comes back', 'reaction moves'),
    reaction: nth,
    message: nth,
  }),
  of<Write>({
    op: fc.constantFrom('pin', 'pin changes color', 'pin is deleted for good', 'pin comes back'),
    message: nth,
  }),
  of<Write>({ op: fc.constantFrom('room changes', 'room is deleted for good', 'room comes back'), room: nth }),
  of<Write>({ op: fc.constantFrom('event', 'event, committed late'), user }),
  of<Write>({
    op: fc.constantFrom('late transactions commit', 'late transactions commit', 'late transactions roll back'),
  }),
  of<Write>({ op: 'mood', message: nth }),
);

const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 14, arbitrary: dataWrite },
  { weight: 1, arbitrary: of<Write>({ op: 'new column in the source' }) },
  { weight: 1, arbitrary: of<Write>({ op: 'time passes', hours: fc.integer({ min: 1, max: 40 }) }) },
);

const momentN = { at: fc.constantFrom(...moments), n: fc.nat(6) };
const meanwhile = of<Meanwhile>({ op: 'meanwhile', ...momentN, write: dataWrite });

const redefine = of<Redefinition>({
  op: 'redefine',
  what: fc.constantFrom(...(Object.keys(redefinitions) as (keyof typeof redefinitions)[])),
});

const fate: fc.Arbitrary<Fate> = fc.record({
  how: fc.constantFrom('dies', 'dies', 'fails'),
  when: fc.oneof(
    { weight: 4, arbitrary: fc.record({ at: fc.constant('statement' as const), n: fc.nat(500) }) },
    { weight: 2, arbitrary: fc.record({ at: fc.constant('commit' as const) }) },
    { weight: 1, arbitrary: fc.record({ at: fc.constant('publish' as const), n: fc.nat(8) }) },
  ),
  afterwards: fc.boolean(),
});

const badRun: fc.Arbitrary<Run> = fc.oneof(
  of<Run>({
    op: 'run of a broken definition',
    broken: fc.constantFrom(
      ...(['prepare messages_daily', 'prepare user_days', 'turn fact_long', 'turn event_log', 'test'] as const),
    ),
  }),
  of<Run>({ op: 'run of a broken source', ...momentN }),
  of<Run>({ op: 'interrupted run', atEvent: fc.nat(60), by: fc.constantFrom('signal', 'throw') }),
  of<Run>({ op: 'ill-fated run', fate }),
  of<Run>({ op: 'ill-fated run', fate }),
);

const tables = fc.subarray(['users', 'messages', 'rooms', 'reactions', 'events', 'pins'], { minLength: 1 });
const run: fc.Arbitrary<Run> = fc.oneof(
  { weight: 3, arbitrary: of<Run>({ op: 'run' }) },
  { weight: 4, arbitrary: of<Run>({ op: 'run of', pipelines, withUpstreams: fc.boolean() }) },
  { weight: 1, arbitrary: of<Run>({ op: 'run --full-refresh', pipelines }) },
  { weight: 1, arbitrary: of<Run>({ op: 'run --reload', reload: tables }) },
  {
    weight: 1,
    arbitrary: of<Run>({ op: 'run --detect', detect: fc.subarray(['stg_users', 'stg_messages'], { minLength: 1 }) }),
  },
  { weight: 3, arbitrary: badRun },
);

/** Histories of up to `length` operations. */
export function histories(length: number): fc.Arbitrary<Operation[]> {
  const operation = fc.oneof(
    { weight: 14, arbitrary: write as fc.Arbitrary<Operation> },
    { weight: 3, arbitrary: meanwhile },
    { weight: 2, arbitrary: redefine },
    { weight: 7, arbitrary: run },
  );
  return fc.array(operation, { maxLength: length, size: 'max' });
}
