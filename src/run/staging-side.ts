/** Staging as one side of a comparison with its source. */
import type { Dialect, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { RangeSide } from '../extract/compare-ranges.js';
import { liveConditions, sinceConditions } from '../extract/source-side.js';
import { isFlagged } from '../load/staging-columns.js';
import { asStored, boundsOfStaging, type StagingRanges, summarizeStaging } from '../load/staging-ranges.js';
import type { Source } from '../pipeline/types.js';

export interface StagingSideRequest {
  readonly source: Source;
  /** The staging table, or what a first load has filled to become it; quoted. */
  readonly table: string;
  /** Its columns. */
  readonly stored: readonly Column[];
  /** Columns of the source. */
  readonly columns: readonly Column[];
  readonly content: 'key' | 'row';
  /** With `retention`: older rows are not compared. UTC. */
  readonly since: string | undefined;
  /** The work table of the rows that wait to be merged, and how many there are. */
  readonly waiting: string;
  readonly rowsRead: number;
  /** True where rows that the source marks as deleted are still in the table. */
  readonly holdsMarked?: boolean;
}

/** Staging as it will be once the rows that wait are merged. */
export function stagingSide(session: Session, dialect: Dialect, request: StagingSideRequest): RangeSide {
  const { source, table, stored, columns, content, since, waiting, rowsRead, holdsMarked = false } = request;
  const compared = sinceConditions(source, since);
  const live = [...liveConditions(source), ...compared];
  const staging: StagingRanges = {
    table,
    columns: asStored(columns, stored),
    key: source.key,
    content,
    workTable: rowsRead > 0 ? waiting : undefined,
    isFlagged: isFlagged(stored),
    conditions: holdsMarked ? live : compared,
    waitingConditions: live,
  };
  return {
    bounds: () => boundsOfStaging(session, dialect, staging),
    summarize: (scale, within) => summarizeStaging(session, dialect, staging, scale, within),
  };
}
