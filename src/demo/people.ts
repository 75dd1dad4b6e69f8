/** The users of the demo: when they came, when they were active, and how much. */
import type { Random } from './random.js';
import type { DemoRow } from './tables.js';
import { dayMicros, type Window } from './window.js';
import { countries, firstNames, lastNames } from './words.js';

export interface Person {
  readonly id: number;
  readonly isBot: boolean;
  readonly createdAt: number;
  readonly deletedAt: number | null;
  /** How often this one speaks, beside others. */
  readonly weight: number;
  /** Share of the days, while the user is active, on which the user comes online. */
  readonly dailyShare: number;
  /** Starts and ends of the times in which the user uses the product, one after the other. */
  readonly spans: readonly number[];
}

/** `count` users; the first never leaves, so that somebody can always speak. */
export function makePeople(random: Random, count: number, window: Window): readonly Person[] {
  return Array.from({ length: count }, (_, index) => {
    const isFirst = index === 0;
    const isBot = !isFirst && random.chance(0.01);
    const createdAt = isFirst ? window.start - dayMicros : arrival(random, window);
    const isDeleted = !isFirst && random.chance(0.01);
    const deletedAt = isDeleted ? createdAt + Math.floor(random.next() * (window.end - createdAt)) : null;
    // A power law: few write much.
    const weight = isBot ? 3 : Math.min(40, (1 - random.next()) ** -0.7);
    return {
      id: index + 1,
      isBot,
      createdAt,
      deletedAt,
      weight,
      dailyShare: isFirst || isBot ? 1 : Math.min(0.9, 0.1 + 0.15 * weight),
      spans: isFirst || isBot ? [createdAt, window.end] : activeSpans(random, createdAt, deletedAt ?? window.end),
    };
  });
}

/** True where the person could do something in the product at `moment`. */
export function isActive(person: Person, moment: number): boolean {
  const { spans } = person;
  for (let index = 0; index < spans.length; index += 2) {
    if (moment < (spans[index] ?? 0)) return false;
    if (moment < (spans[index + 1] ?? 0)) return true;
  }
  return false;
}

export function userRow(random: Random, person: Person, window: Window): DemoRow {
  const { id, isBot, createdAt, deletedAt } = person;
  const first = random.pick(firstNames);
  const last = random.pick(lastNames);
  const renamedAt = random.chance(0.05) ? createdAt + Math.floor(random.next() * (window.end - createdAt)) : createdAt;
  return [
    id,
    isBot ? `bot_${id}` : `user_${id}`,
    isBot ? `${first} bot 🤖` : `${first} ${last}`,
    isBot || random.chance(0.1) ? null : `user${id}@example.com`,
    isBot || random.chance(0.05) ? null : random.pick(countries),
    isBot,
    createdAt,
    Math.max(deletedAt ?? 0, deletedAt === null ? renamedAt : 0, createdAt),
    deletedAt,
  ];
}

/** A third was there before the window; the others come in it, more and more of them. */
function arrival(random: Random, window: Window): number {
  const before = 90 * dayMicros;
  if (random.chance(0.33)) return window.start - Math.floor(random.next() * before);
  return window.start + Math.floor(random.next() ** 0.8 * (window.end - window.start - 1_000_000));
}

/** Users lose interest after some weeks; half of those come back after a while. */
function activeSpans(random: Random, from: number, until: number): readonly number[] {
  if (random.chance(0.2)) return [from, until];
  const spans: number[] = [];
  for (let start = from; start < until; ) {
    const end = Math.min(until, start + Math.floor((1 + random.wait(40)) * dayMicros));
    spans.push(start, end);
    if (random.chance(0.5)) break;
    start = end + Math.floor((10 + random.wait(25)) * dayMicros);
  }
  return spans;
}
