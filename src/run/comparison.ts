/** What a comparison of a source with its staging table found. */
import type { Session } from '../engines/contract.js';
import type { KeyRanges } from '../engines/ranges.js';
import type { Column, ResultRow } from '../engines/types.js';
import type { Compared } from '../extract/compare-rows.js';
import type { Extracted } from '../extract/extract.js';
import { liveConditions, sinceConditions } from '../extract/source-side.js';
import { type Difference, explainDifferences } from '../load/explain-differences.js';
import { isFlagged } from '../load/staging-columns.js';
import { asStored } from '../load/staging-ranges.js';
import { comparedTableOf } from '../load/work-tables.js';
import type { Source } from '../pipeline/types.js';
import type { RunContext } from './context.js';

export interface SourceComparison {
  /** The staging table, and the source's name in YAML. */
  readonly step: string;
  readonly source: string;
  readonly rowsCompared: number;
  /** Rows of the source that had to be looked at one by one. */
  readonly rowsLookedAt: number;
  /** Ranges of the key in which rows differ or had to be looked at, as people read them. */
  readonly ranges: readonly string[];
  readonly rowsMissing: number;
  readonly rowsExtra: number;
  readonly rowsStale: number;
  /** Rows that are gone from a source with `deletes: ignore`: they stay, and are no differences. */
  readonly rowsIgnored: number;
  /** The first of the rows that differ. */
  readonly keys: readonly { readonly why: Difference; readonly key: ResultRow }[];
}

/** Differences that a repair would mend. */
export function rowsDiffering({ rowsMissing, rowsExtra, rowsStale }: SourceComparison): number {
  return rowsMissing + rowsExtra + rowsStale;
}

/** Says what differs in the ranges that an extraction found. */
export async function explainComparison(
  { engine }: RunContext,
  session: Session,
  source: Source,
  extracted: Pick<Extracted, 'rows'> & { readonly compared: Compared },
  staging: { readonly stored: readonly Column[]; readonly since: string | undefined },
): Promise<SourceComparison> {
  const { compared, rows } = extracted;
  const { ranges, rowsCompared, rowsLookedAt } = compared;
  const isEqual = ranges?.numbers.length === 0;
  const differences = isEqual
    ? noDifferences
    : await explainDifferences(session, engine.dialect, {
        table: source.table,
        key: source.key,
        columns: asStored(compared.columns, staging.stored),
        ranges,
        comparedTable: comparedTableOf(source.table),
        workTable: rows > 0 ? source.table : undefined,
        isFlagged: isFlagged(staging.stored),
        live: liveConditions(source),
        compared: sinceConditions(source, staging.since),
      });
  const ignores = source.deletes.policy === 'ignore';
  return {
    step: source.table,
    source: source.name,
    rowsCompared,
    rowsLookedAt,
    ranges: describeRanges(source.key, ranges),
    rowsMissing: differences.rows.missing,
    rowsExtra: ignores ? 0 : differences.rows.extra,
    rowsStale: differences.rows.stale,
    rowsIgnored: ignores ? differences.rows.extra : 0,
    keys: differences.keys
      .filter(({ why }) => !ignores || why !== 'extra')
      .map(({ why, key }) => ({ why, key: readable(key) })),
  };
}

/** Bytes as hex digits. */
function readable(key: ResultRow): ResultRow {
  const values = Object.entries(key).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  ]);
  return Object.fromEntries(values);
}

const noDifferences = { rows: { missing: 0, extra: 0, stale: 0 }, keys: [] };

/** `id 1024 to 2047`, or a part of the keys' hashes. */
function describeRanges(key: readonly string[], ranges: KeyRanges | undefined): readonly string[] {
  if (ranges === undefined) return ['all'];
  const { place, origin, shift } = ranges.scale;
  const width = 1n << BigInt(shift);
  return ranges.numbers.map((number) =>
    place === 'hash'
      ? `hash ${number} of ${1n << BigInt(64 - shift)}`
      : `${key[0]} ${origin + number * width} to ${origin + (number + 1n) * width - 1n}`,
  );
}
