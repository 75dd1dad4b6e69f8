/** The safe watermark: two marks a source, so that no late commit is lost (design 4.1). */
import type { CursorValue } from '../engines/contract.js';

/** What one finished read of a source recorded. Clocks are the server's, UTC `YYYY-MM-DD HH:MM:SS.ffffff`. */
export interface WatermarkRecord {
  readonly batch: number;
  /** Where the read began; undefined for a read from the start. */
  readonly from: CursorValue | undefined;
  /** Largest cursor seen, capped at the server's clock before the read. */
  readonly seen: CursorValue | undefined;
  /** Where the next read must start, before the lookback is taken off; undefined: from the start. */
  readonly safe: CursorValue | undefined;
  /** Every foreign transaction open before this read's snapshot had started at or after this. */
  readonly horizon: string;
  /** The clock after the last page. */
  readonly endedAt: string;
  readonly heldBy: string | undefined;
  readonly serverId: string;
}
