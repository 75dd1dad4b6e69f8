/** A network may swallow everything without a word: no statement waits for its answer for ever. */
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from 'mysql2';

/** The longest that a statement of this connection waits for its answer, in milliseconds. */
export function boundSilence(connection: Connection, silenceMs: number): void {
  bounds.set(connection, Math.min(silenceMs, longestTimerMs));
}

/**
 * Waits for what the driver tells of a statement, as long as the connection's bound allows. The socket is destroyed then, of
 * which the driver tells the statement as of any loss.
 */
export async function untilAnswered<T>(
  connection: Connection,
  start: (done: (answer: T) => void, failed: (error: unknown) => void) => void,
): Promise<T> {
  const answer = new Promise<T>(start);
  const silence = setTimeout(() => socketOf(connection).destroy(), bounds.get(connection) ?? usualBoundMs);
  unanswered.set(connection, answer);
  try {
    return await answer;
  } finally {
    clearTimeout(silence);
    if (unanswered.get(connection) === answer) unanswered.delete(connection);
  }
}

/** What `untilAnswered` waits for, if it does. */
export function unansweredOn(connection: Connection): Promise<unknown> | undefined {
  return unanswered.get(connection);
}

/** False where the work goes on after `timeoutMs`. Never throws. */
export async function endsWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const late = new AbortController();
  const ended = work.then(
    () => true,
    () => true,
  );
  const first = await Promise.race([ended, wait(timeoutMs, false, { signal: late.signal }).catch(() => false)]);
  late.abort();
  return first;
}

/** The socket under a connection; the driver's types leave it out. */
export function socketOf(connection: Connection): Socket {
  return (connection as unknown as { readonly stream: Socket }).stream;
}

const bounds = new WeakMap<Connection, number>();
const unanswered = new WeakMap<Connection, Promise<unknown>>();
/** Until a connection has its own bound: while it is being set up. */
const usualBoundMs = 15_000;
/** A longer timer fires at once. */
const longestTimerMs = 2 ** 31 - 1;
