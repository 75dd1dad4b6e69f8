/** Filling back: days in chunks, what is done of them, and which models can. */
import { EtlError } from '../errors.js';
import type { DayRange } from '../run/options.js';
import type { PlanStep } from './types.js';

/** So many days or months. */
export interface ChunkSize {
  readonly count: number;
  readonly unit: 'day' | 'month';
}

/** `1 month`, `7 days`, `2 weeks`, `1 year`; undefined where the text is none. */
export function parseChunkSize(text: string): ChunkSize | undefined {
  const [, digits = '', word = ''] = /^(\d{1,4}) ?(day|week|month|year)s?$/.exec(text.trim()) ?? [];
  const count = Number(digits);
  if (count < 1) return undefined;
  if (word === 'day') return { count, unit: 'day' };
  if (word === 'week') return { count: count * 7, unit: 'day' };
  return { count: word === 'year' ? count * 12 : count, unit: 'month' };
}

/** The range in pieces, the last one cut off at its end; whole where there is no size. */
export function chunksOf({ from, to }: DayRange, size: ChunkSize | undefined): readonly DayRange[] {
  if (size === undefined) return [{ from, to }];
  const chunks: DayRange[] = [];
  // Each counts from the first day: months of different lengths would shorten one another otherwise.
  for (let index = 0; ; index += 1) {
    const start = moved(from, index * size.count, size.unit);
    if (start > to) return chunks;
    const end = moved(moved(from, (index + 1) * size.count, size.unit), -1, 'day');
    chunks.push({ from: start, to: end < to ? end : to });
  }
}

/** A day moved; of a shorter month the last day. */
function moved(day: string, count: number, unit: ChunkSize['unit']): string {
  const date = new Date(`${day}T00:00:00Z`);
  if (unit === 'day') date.setUTCDate(date.getUTCDate() + count);
  else {
    const dayOfMonth = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + count);
    const days = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    date.setUTCDate(Math.min(dayOfMonth, days));
  }
  return date.toISOString().slice(0, 10);
}

/** A chunk's run, as the journal tells of it. */
export interface ChunkRun {
  readonly selection: string | undefined;
  readonly status: string;
  readonly definitionsHash: string;
}

/**
 * Which of these chunks a backfill that was stopped has done. One that came to its end is no reason to leave anything out, nor
 * is one by other definitions.
 * @param runs oldest first
 */
export function chunksDone(
  chunks: readonly string[],
  runs: readonly ChunkRun[],
  definitionsHash: string,
): ReadonlySet<string> {
  const done = new Set<string>();
  for (const { selection = '', status, definitionsHash: hash } of runs) {
    if (status !== 'succeeded' || !chunks.includes(selection) || hash !== definitionsHash) continue;
    done.add(selection);
    if (done.size === chunks.length) done.clear();
  }
  return done;
}

/** Errors: USAGE where the model would be made whole: that does the range, and all else. */
export function refuseWholeBackfill(steps: readonly PlanStep[]): void {
  const whole = steps.find(({ strategy, action }) => strategy === 'partition' && action !== 'update');
  if (whole === undefined) return;
  throw new EtlError('USAGE', `${whole.step} is to be made whole: ${whole.reasons.join('; ')}`, {
    hint: `\`chat-etl run --select ${whole.step}\` does that, all days included`,
  });
}
