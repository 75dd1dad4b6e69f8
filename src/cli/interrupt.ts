/** SIGINT and SIGTERM end a command in good order; a second one ends it hard. */
import { say } from './common.js';
import { exitCodes } from './exit.js';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** The first signal that came. */
  readonly received: () => NodeJS.Signals | undefined;
  /** Gives the signals back to Node. */
  readonly release: () => void;
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Aborts on the first signal. `message` is said then; runs say it themselves, through their live view. */
export function catchInterrupt(message?: string): Interrupt {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    if (received !== undefined) process.exit(exitCodes.interrupted);
    received = name;
    if (message !== undefined) say(message);
    controller.abort(name);
  };
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    received: () => received,
    release: () => {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
