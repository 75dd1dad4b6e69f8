/** When the deletes of a source are looked for: its keys are compared with staging then. */
import type { Source } from '../pipeline/types.js';
import type { StepAction } from './types.js';

export interface DetectionFacts {
  /** When the keys were last compared, UTC `YYYY-MM-DD HH:MM:SS.ffffff`; undefined for never. */
  readonly lastAt: string | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** True where the user asks for it now. */
  readonly asked: boolean;
}

export interface Detection {
  readonly isDue: boolean;
  readonly reasons: readonly string[];
}

/** A source that is read whole needs no look of its own: what is not among its rows is gone. */
export function decideDetection(source: Source, action: StepAction, facts: DetectionFacts): Detection {
  const everyMs = source.deletes.detectEveryMs;
  if (everyMs === undefined || action !== 'read') return { isDue: false, reasons: [] };
  if (facts.asked) return { isDue: true, reasons: ['deletes are looked for: asked for by --detect'] };
  const every = `every ${exactly(everyMs)}`;
  if (facts.lastAt === undefined) return { isDue: true, reasons: [`deletes are looked for: never yet, ${every}`] };
  const ageMs = facts.nowMs - epochMsOf(facts.lastAt);
  // A clock that was put back must not put the next look off.
  const isDue = ageMs < 0 || ageMs >= everyMs;
  const last = `last ${about(Math.max(0, ageMs))} ago, ${every}`;
  return { isDue, reasons: [isDue ? `deletes are looked for: ${last}` : `deletes are not due yet: ${last}`] };
}

function epochMsOf(timestamp: string): number {
  return Date.parse(`${timestamp.slice(0, 10)}T${timestamp.slice(11, 23)}Z`);
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** Rounded down to a unit that leaves two or more of it, where there is one: `47 h`, `2 d`. */
function about(durationMs: number): string {
  const [unit, ms] = units.find(([, size]) => durationMs >= 2 * size) ?? ['s', 1000];
  return `${Math.floor(durationMs / ms)} ${unit}`;
}

function exactly(durationMs: number): string {
  const [unit, ms] = units.find(([, size]) => durationMs % size === 0) ?? ['ms', 1];
  return `${durationMs / ms} ${unit}`;
}
