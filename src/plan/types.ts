/** A plan: the ordered steps of a run with their reasons, as data. `plan` prints it, `run` executes it. */

import type { Strategy } from '../engines/contract.js';
import type { Problem } from '../errors.js';
import type { WatermarkRecord } from '../extract/watermark.js';

/** What a run does to a step. */
export type StepAction =
  | 'load' // source: read whole, nothing is there yet
  | 'read' // source: read what changed
  | 'reload' // source: read whole, as its definition changed or it was asked for
  | 'build' // model: nothing is there yet
  | 'rebuild' // model: made again from its upstreams
  | 'update' // model: brought up to date by its strategy
  | 'skip'; // model: nothing it reads has changed

export interface PlanStep {
  /** Table name: `stg_messages`, `fact_message`. */
  readonly step: string;
  readonly kind: 'source' | 'model';
  readonly strategy: Strategy | 'source';
  readonly pipeline: string;
  readonly action: StepAction;
  /** `if_upstream_changed`: what is read decides during the run, by the same function that made this plan. */
  readonly condition: 'always' | 'if_upstream_changed';
  readonly reasons: readonly string[];
  readonly upstreams: readonly string[];
  readonly warnings: readonly Problem[];
  readonly fingerprint: string;
  /** Source: its keys are compared as well, and rows that are gone are removed. */
  readonly detect?: boolean;
  /** Source: its rows are compared with staging, and differences told or also repaired. */
  readonly compare?: 'report' | 'repair';
}

/** A source that `reconcile` leaves out. */
export interface SkippedComparison {
  readonly step: string;
  readonly why: string;
}

export interface Plan {
  readonly steps: readonly PlanStep[];
  readonly atomicity: 'run' | 'step';
  /** The run's start in the analytic zone, `YYYY-MM-DD HH:MM:SS`. */
  readonly asOf: string;
  /** Hash of all definitions. */
  readonly definitionsHash: string;
  /** Sources that were to be compared and cannot be. */
  readonly skipped?: readonly SkippedComparison[];
}

/** What the journal knows of a published table after its last success. */
export interface TableState {
  readonly fingerprint: string;
  /** Batch in which it was last made whole; consumers of its delta that are behind must rebuild. */
  readonly rebuiltBatch: number;
  /** Batch in which its content last changed. */
  readonly changedBatch: number;
  /** The `as_of` of the last build, where the model uses it. */
  readonly asOf: string | undefined;
  /** The change log holds every change from this batch on; undefined where none is kept. */
  readonly logSince: number | undefined;
}

export interface Position {
  readonly batch: number;
  readonly fingerprint: string;
}

/** The journal's state, as the plan and the extraction need it. */
export interface WarehouseState {
  readonly lastBatch: number;
  readonly tables: ReadonlyMap<string, TableState>;
  /** model -> upstream -> position. */
  readonly positions: ReadonlyMap<string, ReadonlyMap<string, Position>>;
  /** source table -> its read records, oldest first. */
  readonly watermarks: ReadonlyMap<string, readonly WatermarkRecord[]>;
}
