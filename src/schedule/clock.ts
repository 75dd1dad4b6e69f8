/** Time as the schedule sees it, so that tests can move it. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves at (or a little after) a time, or at once when the signal aborts. */
  readonly sleepUntil: (time: number, signal: AbortSignal) => Promise<void>;
}

/** One timer is never longer: after a suspended machine or a changed clock the time is looked at again. */
const longestTimerMs = 60_000;

export const systemClock: Clock = {
  now: Date.now,
  sleepUntil: async (time, signal) => {
    while (!signal.aborted && Date.now() < time) await sleep(Math.min(time - Date.now(), longestTimerMs), signal);
  },
};

function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    signal.addEventListener('abort', end);
  });
}
