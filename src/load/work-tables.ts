/** The work tables of a source, which no reader sees; the rows themselves are in the one called as the staging table. */

/** All keys of the source. */
export function keysTableOf(table: string): string {
  return `keys_${table}`;
}

/** Keys of staging that the source has no more. */
export function goneTableOf(table: string): string {
  return `gone_${table}`;
}

/** What was read after a first load, so that all sources are as of one moment. */
export function catchUpTableOf(table: string): string {
  return `catchup_${table}`;
}

/** Staging, before the run's transaction gives it its name; no step can be called so. */
export function asideTableOf(table: string): string {
  return `aside:${table}`;
}

/** Key and new columns of all rows. */
export function backfillTableOf(table: string): string {
  return `backfill_${table}`;
}

/** Rows of the source in ranges of its key that differ from staging. */
export function comparedTableOf(table: string): string {
  return `compared_${table}`;
}
