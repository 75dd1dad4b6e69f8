/** What a template and its rendered SQL are. */
import type { VarValue } from '../config/types.js';
import type { Dialect } from '../engines/contract.js';
import type { Place } from '../errors.js';

/** A template's file; the path is relative to the project's root. */
export interface TemplateFile {
  readonly path: string;
  readonly text: string;
}

/** What a template can name, apart from tables and time. */
export interface TemplateEnvironment {
  /** Shared SQL in `sql/macros`: name -> file. */
  readonly macros: ReadonlyMap<string, TemplateFile>;
  readonly vars: { readonly [name: string]: VarValue };
  readonly dialect: Dialect;
}

/** Answers a template's questions about tables and time; see `render.ts`. */
export interface RenderContext {
  /** `ref`: the quoted name of the table to read. */
  readonly ref: (table: string) => string;
  /** `delta`: the quoted name of the table of changed rows, or of the whole table. */
  readonly delta: (table: string) => string;
  /** `dirty`: the condition that an expression's partition is dirty, or up to `before` partitions earlier; `true` where undefined. */
  readonly dirty?: (expression: string, before: number) => string;
  /** The run's start in the analytic zone, `YYYY-MM-DD HH:MM:SS`. */
  readonly asOf: string;
  readonly timezone: string;
}

export interface Rendered {
  readonly sql: string;
  readonly refs: readonly string[];
  readonly deltas: readonly string[];
  /** Var paths used, e.g. `activity.high`. */
  readonly vars: readonly string[];
  readonly macros: readonly string[];
  readonly usesAsOf: boolean;
  /** The `before` of each `dirty` in it; empty where there is none. */
  readonly dirtyBefore: readonly number[];
  /** The place in the user's file that wrote the character at this offset of `sql` (0-based). */
  readonly placeAt: (offset: number) => Place;
}
