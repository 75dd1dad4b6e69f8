/** Histories that are played first, each time: every operation is in one of them. */
import type { Operation } from './operations.js';

export const everyOperation: readonly (readonly Operation[])[] = [
  [
    { op: 'run' },
    { op: 'insert', user: 1, chat: 3, day: 0, chars: 5 },
    { op: 'insert, committed late', user: 0, chat: 1, day: 4, chars: 3 },
    { op: 'event, committed late', user: 1 },
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
    { op: 'failed run', broken: 'test' },
    { op: 'failed run', broken: 'prepare user_days' },
    { op: 'undelete', message: 0 },
    { op: 'run' },
    { op: 'redefine', what: 'a partition consumer comes or goes' },
    { op: 'new user', user: 0 },
    { op: 'user is removed', user: 0 },
    { op: 'aborted run', atEvent: 9, by: 'signal' },
    { op: 'aborted run', atEvent: 12, by: 'throw' },
    { op: 'run --full-refresh', pipelines: ['daily'] },
    { op: 'user comes back', user: 0 },
    { op: 'run' },
  ],
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
    { op: 'failed run', broken: 'turn fact_long' },
    { op: 'aborted run', atEvent: 8, by: 'throw' },
    { op: 'redefine', what: 'a new column of a model' },
    { op: 'redefine', what: 'a var' },
    { op: 'run of', pipelines: ['daily'], withUpstreams: true },
    { op: 'redefine', what: 'a merge consumer comes or goes' },
    { op: 'redefine', what: 'a macro' },
    { op: 'redefine', what: 'a view' },
    { op: 'redefine', what: 'a partition model' },
    { op: 'time passes', hours: 30 },
    { op: 'hard delete', message: 1 },
    { op: 'run --reload', reload: ['messages', 'events'] },
  ],
];

/** What must have been done at least once, as it is counted. */
export const mustOccur: readonly string[] = [
  ...new Set(everyOperation.flat().map((operation) => nameOf(operation))),
  'run of, --no-deps',
];

function nameOf(operation: Operation): string {
  if (operation.op === 'redefine') return `redefine ${operation.what}`;
  if (operation.op === 'failed run') return 'failed run, run: failed';
  return operation.op === 'aborted run' ? 'aborted run, run: cancelled' : operation.op;
}
