/** How a table is put in the place of another: see `Dialect.rewriteTable`. */
export interface RewrittenTable {
  readonly statements: readonly string[];
  /**
   * A select of further statements, in a column `sql`, that give the new table what somebody had put on the old one, such as
   * indexes and comments: to be asked before, and run after.
   */
  readonly additions: string;
}
