/** Checks of cron expressions. */
import { Cron } from 'croner';

/** Why a cron expression is none, or undefined where it is good. */
export function cronMistake(expression: string): string | undefined {
  try {
    const cron = new Cron(expression, { paused: true });
    return cron.nextRun() === null ? 'it never comes due' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
  }
}
