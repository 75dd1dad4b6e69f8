/** The source as one side of a comparison: summed up by its server, a part of the key after the other where an index finds it. */
import type { KeyRanges, RangeBounds, RangeScale, RangeSummary, RowCondition } from '../engines/ranges.js';
import type { Source } from '../pipeline/types.js';
import { type RangeSide, rowsOf } from './compare-ranges.js';
import type { RowLoad } from './load-rows.js';

export interface SourceSideRequest {
  readonly content: 'key' | 'row';
  /** With `retention`: older rows may have been purged, so that they are not compared. UTC. */
  readonly since: string | undefined;
}

/**
 * Each part is a statement of its own, so that what paces a read has its say between two, and people see how far it is. Where
 * no index finds a part, all are one statement: each would be a scan.
 */
export function sourceSide(load: RowLoad, { content, since }: SourceSideRequest): RangeSide {
  const { source, snapshot, read, columns, signal, onCompared } = load;
  const conditions = [...liveConditions(source), ...sinceConditions(source, since)];
  let own: RangeBounds | undefined;
  let rowsCompared = 0;
  const look = () => {
    let rowsSeen = 0;
    return async (scale: RangeScale, within: KeyRanges | undefined) => {
      const request = { key: read.key, content, scale, within, conditions };
      const found = await snapshot.summarize(read, columns, request, signal);
      rowsSeen += rowsOf(found);
      rowsCompared = Math.max(rowsCompared, rowsSeen);
      onCompared?.(rowsCompared);
      return found;
    };
  };
  return {
    bounds: async () => {
      own = await snapshot.bounds(read, columns, signal);
      return own;
    },
    summarize: async (scale, within) => {
      const ask = look();
      const isFound = scale.place === 'leading' && (await snapshot.ordersByKey?.(read)) === true;
      if (!isFound) return ask(scale, within);
      const all = within ?? { scale, numbers: numbersBetween(own, scale) };
      return inParts(all.numbers, (numbers) => ask(scale, { scale: all.scale, numbers }));
    },
  };
}

function numbersBetween(bounds: RangeBounds | undefined, { origin, shift }: RangeScale): readonly bigint[] {
  if (bounds === undefined) return [];
  const first = (bounds.least - origin) >> BigInt(shift);
  const last = (bounds.most - origin) >> BigInt(shift);
  return Array.from({ length: Number(last - first) + 1 }, (_, at) => first + BigInt(at));
}

/** A part below the least is not worth its statement, one beyond the most keeps others waiting. */
const leastRows = 20_000;
const mostRows = 100_000;
const growth = 4;

async function inParts(
  numbers: readonly bigint[],
  ask: (part: readonly bigint[]) => Promise<readonly RangeSummary[]>,
): Promise<readonly RangeSummary[]> {
  const found: RangeSummary[] = [];
  let size = 1;
  for (let from = 0; from < numbers.length; ) {
    const part = numbers.slice(from, from + size);
    const summaries = await ask(part);
    found.push(...summaries);
    from += part.length;
    const rows = rowsOf(summaries);
    if (rows < leastRows) size *= growth;
    else if (rows > mostRows) size = Math.max(1, Math.floor(size / growth));
  }
  return found;
}

/** Rows that the source does not mark as deleted. */
export function liveConditions({ deletes }: Source): readonly RowCondition[] {
  return deletes.policy === 'soft_column' ? [{ column: deletes.column, is: 'unset' }] : [];
}

/** Rows that `retention` does not call purged. */
export function sinceConditions({ retention }: Source, since: string | undefined): readonly RowCondition[] {
  return retention === undefined || since === undefined ? [] : [{ column: retention.column, is: 'since', at: since }];
}
