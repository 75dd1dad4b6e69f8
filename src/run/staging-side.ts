/** Staging as one side of a comparison with its source. */
import { deletedAt } from '../deleted-at.js';
import type { Dialect, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { RangeSide } from '../extract/compare-ranges.js';
import { liveConditions, sinceConditions } from '../extract/source-side.js';
import { asStored, boundsOfStaging, type StagingRanges, summarizeStaging } from '../load/staging-ranges.js';
import type { Source } from '../pipeline/types.js';

export interface StagingSideRequest {
  readonly source: Source;
  /** Columns of the staging table. */
  readonly stored: readonly Column[];
  /** Columns of the source. */
  readonly columns: readonly Column[];
  readonly content: 'key' | 'row';
  /** With `retention`: older rows are not compared. UTC. */
  readonly since: string | undefined;
  /** How many rows wait to be merged, in the source's work table. */
  readonly rowsRead: number;
}

/** Staging as it will be once the rows that wait are merged. */
export function stagingSide(session: Session, dialect: Dialect, request: StagingSideRequest): RangeSide {
  const { source, stored, columns, content, since, rowsRead } = request;
  const compared = sinceConditions(source, since);
  const staging: StagingRanges = {
    table: source.table,
    columns: asStored(columns, stored),
    key: source.key,
    content,
    workTable: rowsRead > 0 ? source.table : undefined,
    isFlagged: isFlagged(stored),
    conditions: compared,
    waitingConditions: [...liveConditions(source), ...compared],
  };
  return {
    bounds: () => boundsOfStaging(session, dialect, staging),
    summarize: (scale, within) => summarizeStaging(session, dialect, staging, scale, within),
  };
}

/** True where staging may hold rows that the source has deleted. */
export function isFlagged(stored: readonly Column[]): boolean {
  return stored.some(({ name }) => name === deletedAt);
}
