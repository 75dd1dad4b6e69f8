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

  /** Takes over what a fork has noted, once that is committed. */
  adopt(fork: LiveState): void {
    for (const [table, state] of fork.tables) this.tables.set(table, state);
    for (const [model, positions] of fork.positions) this.positions.set(model, positions);
  }

  /** Notes what a step has done: its table's new state, where that moved, and how far it has read. */
  record(table: string, state: TableState | undefined, positions: ReadonlyMap<string, Position>): void {
    if (state !== undefined) this.tables.set(table, state);
    if (positions.size > 0) {
      this.positions.set(table, new Map([...(this.positions.get(table) ?? []), ...positions]));
    }
  }
}
