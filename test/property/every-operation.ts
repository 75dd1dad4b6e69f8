/** Histories that are played first, each time: every operation is in one of them. */
import type { Operation } from './operations.js';

export const everyOperation: readonly (readonly Operation[])[] = [
  // Writes of every kind, runs of some pipelines, runs that fail.
  [
    { op: 'run' },
    { op: 'insert', user: 1, chat: 3, day: 0, chars: 5 },
    { op: 'insert, committed late', user: 0, chat: 1, day: 4, chars: 3 },
    { op: 'edit, committed late', message: 3, chars: 0 },
    { op: 'event, committed late', user: 1 },
    { op: 'new user with a message, committed late', chat: 2, day: 1 },
    { op: 'event', user: 2 },
    { op: 'run of', pipelines: ['chat'], withUpstreams: true },
    { op: 'late transactions commit' },
    { op: 'edit', message: 2, chars: 1 },
    { op: 'late edit', message: 0, chars: 5 },
    { op: 'redefine', what: 'a partition consumer comes or goes' },
    { op: 'run of', pipelines: ['daily', 'more'], withUpstreams: false },
    { op: 'redefine', what: 'a partition consumer comes or goes' },
    { op: 'move to a chat', message: 1, to: 3 },
    { op: 'move to a user', message: 0, to: 2 },
    { op: 'move to a day', message: 3, to: 0 },
    { op: 'run of', pipelines: ['more'], withUpstreams: true },
    { op: 'soft delete', message: 0 },
    { op: 'user moves', user: 1 },
    { op: 'user is renamed', user: 2 },
    { op: 'run of a broken definition', broken: 'test' },
    { op: 'run of a broken definition', broken: 'prepare user_days' },
    { op: 'run of a broken source', at: 'page', n: 2 },
    { op: 'undelete', message: 0 },
    { op: 'run' },
    { op: 'redefine', what: 'a partition consumer comes or goes' },
    { op: 'new user', user: 0 },
    { op: 'user is removed', user: 0 },
    { op: 'interrupted run', atEvent: 9, by: 'signal' },
    { op: 'interrupted run', atEvent: 12, by: 'throw' },
    { op: 'run --full-refresh', pipelines: ['daily'] },
    { op: 'user comes back', user: 0 },
    { op: 'run' },
  ],
  // Other definitions, steps that commit on their own.
  [
    { op: 'run' },
    { op: 'redefine', what: 'atomicity' },
    { op: 'redefine', what: 'a merge consumer comes or goes' },
    { op: 'reaction', reaction: 0, message: 2 },
    { op: 'reaction is removed', reaction: 0, message: 0 },
    { op: 'run' },
    { op: 'redefine', what: 'a merge consumer comes or goes' },
    { op: 'new column in the source' },
    { op: 'mood', message: 1 },
    { op: 'reaction comes back', reaction: 0, message: 0 },
    { op: 'reaction moves', reaction: 1, message: 3 },
    { op: 'redefine', what: "a model's filter" },
    { op: 'run of a broken definition', broken: 'turn fact_long' },
    { op: 'interrupted run', atEvent: 8, by: 'throw' },
    { op: 'ill-fated run', fate: { how: 'dies', when: { at: 'statement', n: 150 }, afterwards: true } },
    { op: 'redefine', what: 'a new column of a model' },
    { op: 'redefine', what: 'a var' },
    { op: 'run of', pipelines: ['daily'], withUpstreams: true },
    { op: 'redefine', what: 'a merge consumer comes or goes' },
    { op: 'redefine', what: 'a macro' },
    { op: 'redefine', what: 'a view' },
    { op: 'redefine', what: 'a partition model' },
    { op: 'redefine', what: 'a spread' },
    { op: 'redefine', what: 'strategies' },
    { op: 'redefine', what: 'a key' },
    { op: 'redefine', what: 'a snapshot' },
    { op: 'redefine', what: 'the columns of a source' },
    { op: 'redefine', what: 'a lookback' },
    { op: 'redefine', what: 'the time zone' },
    { op: 'time passes', hours: 30 },
    { op: 'hard delete', message: 1 },
    { op: 'run --reload', reload: ['messages', 'events'] },
    { op: 'redefine', what: 'strategies' },
    { op: 'run' },
  ],
  // A consumer goes right after the log began and comes back when that is cut, while rows vanish and come back.
  [
    { op: 'redefine', what: 'a merge consumer comes or goes' },
    { op: 'new user with a message', chat: 1, day: 2 },
    { op: 'pin', message: 2 },
    { op: 'run' },
    { op: 'redefine', what: 'a merge consumer comes or goes' },
    { op: 'edit', message: 0, chars: 2 },
    { op: 'hard delete', message: 1 },
    { op: 'hard delete', message: 1 },
    { op: 'user is deleted for good', user: 1 },
    { op: 'pin is deleted for good', message: 0 },
    { op: 'room is deleted for good', room: 0 },
    { op: 'run' },
    { op: 'redefine', what: 'a merge consumer comes or goes' },
    { op: 'run --detect', detect: ['stg_messages'] },
    { op: 'insert again', message: 0 },
    { op: 'pin changes color', message: 0 },
    { op: 'pin comes back', message: 0 },
    { op: 'room changes', room: 0 },
    { op: 'room comes back', room: 0 },
    { op: 'time passes', hours: 7 },
    { op: 'edit, committed late', message: 0, chars: 4 },
    { op: 'late transactions roll back' },
    { op: 'run of', pipelines: ['daily'], withUpstreams: false },
    { op: 'run of', pipelines: ['daily'], withUpstreams: false },
    { op: 'redefine', what: 'the deletes of a source' },
    { op: 'pin is deleted for good', message: 0 },
    { op: 'run' },
    // Kept and erased, and back again; purged or not; and what is kept leaves.
    { op: 'pin', message: 1 },
    { op: 'pin', message: 0 },
    { op: 'user is renamed', user: 0 },
    { op: 'redefine', what: 'kept rows' },
    { op: 'run' },
    { op: 'redefine', what: 'what a history erases' },
    { op: 'pin is deleted for good', message: 0 },
    { op: 'room is deleted for good', room: 1 },
    { op: 'user is removed', user: 0 },
    { op: 'time passes', hours: 7 },
    { op: 'run' },
    { op: 'pin comes back', message: 0 },
    { op: 'room comes back', room: 0 },
    { op: 'user comes back', user: 0 },
    { op: 'redefine', what: 'a retention' },
    { op: 'room is deleted for good', room: 0 },
    { op: 'run' },
    { op: 'pin is deleted for good', message: 0 },
    { op: 'redefine', what: 'what kept rows erase' },
    { op: 'run' },
    { op: 'redefine', what: 'kept rows' },
    { op: 'run' },
  ],
  // Others write at every step of a run.
  [
    { op: 'run' },
    {
      op: 'meanwhile',
      at: 'describe',
      n: 1,
      write: { op: 'insert, committed late', user: 0, chat: 2, day: 1, chars: 2 },
    },
    { op: 'meanwhile', at: 'clock', n: 0, write: { op: 'insert', user: 2, chat: 1, day: 0, chars: 4 } },
    { op: 'meanwhile', at: 'clock', n: 2, write: { op: 'edit', message: 1, chars: 5 } },
    { op: 'meanwhile', at: 'open work', n: 0, write: { op: 'edit, committed late', message: 2, chars: 4 } },
    { op: 'meanwhile', at: 'snapshot', n: 0, write: { op: 'hard delete', message: 0 } },
    { op: 'meanwhile', at: 'page', n: 0, write: { op: 'late transactions commit' } },
    { op: 'meanwhile', at: 'page', n: 1, write: { op: 'reaction', reaction: 0, message: 1 } },
    { op: 'insert', user: 1, chat: 3, day: 0, chars: 5 },
    { op: 'run' },
    { op: 'meanwhile', at: 'page', n: 0, write: { op: 'new user with a message', chat: 1, day: 3 } },
    { op: 'run' },
    // One of two consumers of a change log stays behind by some runs.
    { op: 'user is renamed', user: 0 },
    { op: 'run of', pipelines: ['chat'], withUpstreams: false },
    { op: 'user is renamed', user: 1 },
    { op: 'run of', pipelines: ['chat'], withUpstreams: false },
    { op: 'run of', pipelines: ['more'], withUpstreams: false },
    { op: 'run' },
    { op: 'user moves', user: 0 },
    { op: 'run of', pipelines: ['more'], withUpstreams: true },
    { op: 'run' },
    // Processes that die and statements that fail, around the commit and in the middle.
    { op: 'insert', user: 1, chat: 3, day: 0, chars: 5 },
    { op: 'redefine', what: 'strategies' },
    { op: 'ill-fated run', fate: { how: 'dies', when: { at: 'commit' }, afterwards: false } },
    { op: 'ill-fated run', fate: { how: 'fails', when: { at: 'commit' }, afterwards: false } },
    { op: 'ill-fated run', fate: { how: 'fails', when: { at: 'statement', n: 120 }, afterwards: true } },
    { op: 'ill-fated run', fate: { how: 'dies', when: { at: 'statement', n: 150 }, afterwards: false } },
    { op: 'ill-fated run', fate: { how: 'dies', when: { at: 'statement', n: 260 }, afterwards: true } },
    { op: 'edit', message: 1, chars: 5 },
    { op: 'ill-fated run', fate: { how: 'dies', when: { at: 'commit' }, afterwards: true } },
    { op: 'run of a broken source', at: 'snapshot', n: 0 },
    { op: 'move to a day', message: 3, to: 0 },
    { op: 'redefine', what: "a model's filter" },
    { op: 'redefine', what: 'a view' },
    { op: 'redefine', what: 'a key' },
    { op: 'ill-fated run', fate: { how: 'dies', when: { at: 'publish', n: 1 }, afterwards: false } },
    { op: 'run' },
  ],
];

/** What must have been done at least once, as it is counted. */
export const mustOccur: readonly string[] = [
  ...new Set(everyOperation.flat().flatMap((operation) => nameOf(operation))),
  'run of, --no-deps',
  'deletes looked for when due',
  'pipeline left out of several runs',
  'whole comparison',
  ...['kept row', 'kept row comes back', 'purged row', 'erased history'],
];

function nameOf(operation: Operation): readonly string[] {
  switch (operation.op) {
    case 'redefine':
      return [`redefine ${operation.what}`];
    case 'meanwhile':
      return [`meanwhile, at a ${operation.at}`];
    case 'run of a broken definition':
    case 'run of a broken source':
      return [`${operation.op}, run: failed`];
    case 'interrupted run':
      return ['interrupted run, run: cancelled'];
    case 'ill-fated run': {
      const { how, when, afterwards } = operation.fate;
      const name = `run that ${how} ${afterwards ? 'after' : 'before'} a ${when.at}`;
      return [`${name}, run: ${how === 'dies' ? 'died' : 'failed'}`];
    }
    default:
      return [operation.op];
  }
}
