/** What the check of an empty warehouse has found so far. */
import type { Column } from '../engines/types.js';
import type { Problem } from '../errors.js';

/** A step that could not be checked, and why. */
export interface Unchecked {
  readonly step: string;
  readonly reason: string;
}

export class Findings {
  readonly problems: Problem[] = [];
  readonly unchecked: Unchecked[] = [];
  /** The tables that are there, with the columns that they have. */
  readonly tables = new Map<string, readonly Column[]>();
  readonly #mistaken: Set<string>;

  /** @param mistaken tables whose definitions have mistakes that are told already */
  constructor(mistaken: ReadonlySet<string>) {
    this.#mistaken = new Set(mistaken);
  }

  isMistaken(table: string): boolean {
    return this.#mistaken.has(table);
  }

  /** Notes mistakes of a step; what reads it is not checked, since it would only echo them. */
  refuse(table: string, problems: readonly Problem[]): void {
    this.problems.push(...problems);
    this.#mistaken.add(table);
  }

  skip(step: string, reason: string): void {
    this.unchecked.push({ step, reason });
  }

  /** Why what reads a table cannot be checked: for the first reason there was; undefined where the table is there. */
  obstacle(table: string): string | undefined {
    if (this.tables.has(table)) return undefined;
    if (this.isMistaken(table)) return `${table} has mistakes`;
    return this.unchecked.find(({ step }) => step === table)?.reason ?? `${table} is not there yet`;
  }
}
