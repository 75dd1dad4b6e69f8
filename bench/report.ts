/** The table of a benchmark, and which bounds were missed. */

import { median } from './median.js';
import type { Result } from './race.js';
import { type Bound, bounds, memoryBounds } from './ratios.js';

export interface Verdict {
  readonly text: string;
  readonly isMet: boolean;
}

/** Markdown, as docs/performance.md has it: one line a contender, with how much longer than ours it took. */
export function tableOf(results: readonly Result[]): string {
  const lines = results.map((result) => {
    const ours = results.find(({ contest }) => contest === result.contest);
    const cells =
      result.failure === undefined
        ? [
            seconds(least(result)),
            seconds(median(result.seconds)),
            ratioText(ours, result),
            processor(result),
            memory(result),
          ]
        : [`none: ${result.failure.replaceAll(/\s+/g, ' ').slice(0, 120)}`, '', '', '', ''];
    return `| ${[result.contest, result.name.replaceAll('|', '\\|'), String(result.seconds.length), ...cells].join(' | ')} |`;
  });
  return [
    '| work | by | runs | least | median | ours / its (least) | processor | peak memory |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

export interface Form {
  /** Bounds that have no short form are left out. */
  readonly isShort: boolean;
  /** Otherwise bounds against peers are left out. */
  readonly withPeers: boolean;
}

/** Every bound of the form whose contest ran; one of which a side is not there, or brought no result, is missed. */
export function verdicts(results: readonly Result[], { isShort, withPeers }: Form): readonly Verdict[] {
  const speed = bounds.flatMap((bound) => {
    const of = results.filter(({ contest }) => contest === bound.contest);
    const other = of.find(({ name }) => name === bound.against);
    const [ours] = of;
    const limits = isShort ? bound.shortForm : bound;
    if (ours === undefined || limits === undefined || (bound.isPeer === true && !withPeers)) return [];
    if (ours.failure !== undefined) return [notMeasured(bound.contest, ours.name)];
    if (other === undefined || other.failure !== undefined) return [notMeasured(bound.contest, bound.against)];
    return [verdictOf(bound, least(ours), least(other), limits)];
  });
  const memory = memoryBounds.flatMap(({ contest, of, megabytes }): Verdict[] => {
    if (!results.some((result) => result.contest === contest)) return [];
    const found = results.find((result) => result.contest === contest && result.name === of);
    if (found?.megabytes === undefined || found.failure !== undefined) return [notMeasured(contest, of)];
    const text = `${contest}: ${of}: ${found.megabytes.toFixed(0)} MB, at most ${megabytes} MB`;
    return [{ text, isMet: found.megabytes <= megabytes }];
  });
  return [...speed, ...memory];
}

function notMeasured(contest: string, name: string): Verdict {
  return { text: `${contest}: ${name} was not measured`, isMet: false };
}

function verdictOf(
  { contest, against }: Bound,
  ours: number,
  other: number,
  { times, plusSeconds = 0 }: Pick<Bound, 'times' | 'plusSeconds'>,
): Verdict {
  const plus = plusSeconds === 0 ? '' : ` and ${plusSeconds} s`;
  const text = `${contest}: ${(ours / other).toFixed(2)} times ${against}, at most ${Number(times.toFixed(2))} times${plus}`;
  return { text, isMet: ours <= other * times + plusSeconds };
}

/** NaN, which meets no bound, where it never came to an end. */
function least({ seconds }: Result): number {
  return seconds.length === 0 ? Number.NaN : Math.min(...seconds);
}

function ratioText(ours: Result | undefined, other: Result): string {
  return ours === undefined || ours === other ? '' : (least(ours) / least(other)).toFixed(2);
}

function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

/** Of the process alone, where the server does its part elsewhere. */
function processor({ processorSeconds }: Result): string {
  return processorSeconds === undefined ? '' : seconds(processorSeconds);
}

function memory({ megabytes }: Result): string {
  return megabytes === undefined ? '' : `${megabytes.toFixed(0)} MB`;
}
