/** The configuration, read, filled and frozen. Nothing outside `src/config` touches `process.env`. */
import type { ConnectionDefinition } from '../engines/contract.js';

export type VarValue = string | number | boolean | null | readonly VarValue[] | { readonly [name: string]: VarValue };

export type Atomicity = 'run' | 'step';

export interface RunSettings {
  /** Connection names. */
  readonly from: string;
  readonly into: string;
  readonly batchRows: number;
  readonly batchBytes: number;
  /** Steps and sources at once. */
  readonly parallel: number;
  readonly atomicity: Atomicity;
  /** Further attempts after a retryable error. */
  readonly retries: number;
  /** Bound on one statement. */
  readonly timeoutMs: number;
  /** A transaction open for longer in a chat database is named in a warning. */
  readonly warnOpenAfterMs: number;
}

/** How politely a connection is read. */
export interface Throttle {
  /** Of all reads of the connection together. */
  readonly rowsPerSecond: number | undefined;
  readonly pauseWhile: PauseLimits | undefined;
  /** A read of all rows begins a new transaction after this, where it can go on behind a key. */
  readonly longestTransactionMs: number | undefined;
  readonly quietHours: QuietHours | undefined;
}

/** Reading pauses while one of these is passed. */
export interface PauseLimits {
  readonly threadsRunning: number | undefined;
  readonly replicaLagMs: number | undefined;
  /** Connections whose lag counts; the source itself where there are none. */
  readonly lagOf: readonly string[];
  readonly checkEveryMs: number;
  /** Bound on all pauses of a run together. */
  readonly atMostMs: number;
}

/** Times of day, `22:00`; they lie over midnight where `to` is before `from`. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
  readonly timezone: string;
}

/** When a project or pipeline is to run: exactly one of the two. */
export type Timing =
  | { readonly kind: 'every'; readonly everyMs: number }
  | { readonly kind: 'cron'; readonly expression: string; readonly timezone: string };

export interface NotifySettings {
  readonly on: readonly ('failure' | 'recovery' | 'overdue')[];
  /** A shell command that gets the notice as JSON on stdin, or a URL that gets it by POST; one of the two. */
  readonly command: string | undefined;
  readonly webhook: string | undefined;
}

export interface Config {
  /** Absolute path of the config file, and of its folder. */
  readonly file: string;
  readonly root: string;
  readonly environment: string | undefined;
  readonly connections: Readonly<Record<string, ConnectionDefinition>>;
  /** By connection, where one has a `throttle`. */
  readonly throttles: Readonly<Record<string, Throttle>>;
  readonly run: RunSettings;
  readonly schedule: Timing;
  readonly vars: { readonly [name: string]: VarValue };
  /** Zone of the analytical day, from `vars.timezone`; UTC by default. */
  readonly timezone: string;
  readonly logs: { readonly folder: string; readonly keepDays: number; readonly format: 'text' | 'json' };
  readonly journal: { readonly keepDays: number };
  readonly notify: readonly NotifySettings[];
  /** SQL statements run after a swap, on engines that lose grants by it. */
  readonly grants: readonly string[];
  /** Values from the environment that no output may show. */
  readonly secrets: readonly string[];
}
