/** The journal's state as it moves during a run. A transaction that may be tried again works on a fork. */
import type { WatermarkRecord } from '../extract/watermark.js';
import type { Position, TableState, WarehouseState } from '../plan/types.js';

export class LiveState implements WarehouseState {
  readonly lastBatch: number;
  readonly tables: Map<string, TableState>;
  readonly positions: Map<string, ReadonlyMap<string, Position>>;
  readonly watermarks: Map<string, readonly WatermarkRecord[]>;

  constructor(from: WarehouseState) {
    this.lastBatch = from.lastBatch;
    this.tables = new Map(from.tables);
    this.positions = new Map(from.positions);
    this.watermarks = new Map(from.watermarks);
  }

  fork(): LiveState {
    return new LiveState(this);
  }

  /** Notes what a step has done, for the steps after it. */
  record(table: string, state: TableState, positions: ReadonlyMap<string, Position>): void {
    this.tables.set(table, state);
    if (positions.size > 0) {
      this.positions.set(table, new Map([...(this.positions.get(table) ?? []), ...positions]));
    }
  }
}
