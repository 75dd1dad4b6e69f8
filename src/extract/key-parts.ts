/** Divides the rows of a table among several readers, by the leading column of its key. */
import type { RangeBounds } from '../engines/ranges.js';
import type { Cell } from '../engines/types.js';

/** Rows behind `after` and not behind `upTo`, both values of the key's leading column; open where undefined. */
export interface KeyPart {
  readonly after?: readonly Cell[] | undefined;
  readonly upTo?: Cell | undefined;
}

/** More parts than readers, so that none waits long for another whose part holds more rows. */
const partsPerReader = 16;
/** Of the leading column's values: reading fewer is over before another connection is open. */
const leastWidth = 100_000n;

/** In the order of the key. The outer ones are open: rows may have come since the bounds were looked at. */
export function partsOf(bounds: RangeBounds | undefined, readers: number): readonly KeyPart[] {
  if (bounds === undefined || bounds.most - bounds.least < leastWidth) return [{}];
  const count = BigInt(readers * partsPerReader);
  const width = (bounds.most - bounds.least + count) / count;
  const edges = Array.from({ length: Number(count) - 1 }, (_, at) => bounds.least + width * BigInt(at + 1) - 1n);
  return [undefined, ...edges].map((edge, at) => ({
    after: edge === undefined ? undefined : [edge],
    upTo: edges[at],
  }));
}
