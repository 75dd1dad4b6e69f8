/** Rows that a source with `retention` may have purged. */
import type { Dialect } from '../engines/contract.js';
import type { Source } from '../pipeline/types.js';

/**
 * The condition over `t` that a row was old enough to be purged, never NULL itself; undefined where none is.
 * @param before UTC
 */
export function purgedWhen(dialect: Dialect, { retention }: Source, before: string | undefined): string | undefined {
  if (retention === undefined || before === undefined) return undefined;
  return `coalesce(t.${dialect.identifier(retention.column)} < ${dialect.timestamp(before)}, false)`;
}
