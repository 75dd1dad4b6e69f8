/** What a run makes visible after its commit. */

/** What is to be swapped in after the commit: `replacement` is the physical name that the run built. */
export interface Publication {
  readonly runId: string;
  readonly tables: readonly { readonly name: string; readonly replacement: string }[];
  readonly views: readonly { readonly name: string; readonly select: string; readonly replacement: string }[];
  /** Statements to run after the swap, e.g. GRANT, which a swap loses on MySQL. */
  readonly grants: readonly string[];
}
