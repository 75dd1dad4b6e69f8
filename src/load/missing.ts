/** Which rows of a table are missing from those that were read; what becomes of them is for others to say. */
import type { Dialect } from '../engines/contract.js';
import { onKeys } from './sql.js';

/** Rows of the target that `rows` does not hold: all are missing, those of some keys are, or none. */
export type MissingRows =
  | { readonly policy: 'keep' }
  | { readonly policy: 'delete' }
  | {
      readonly policy: 'delete_of_keys';
      /** Quoted relation of the keys that were looked at. */
      readonly keys: string;
      readonly keyColumns: readonly string[];
      /** The target's columns that hold such a key, in the same order. */
      readonly targetColumns: readonly string[];
    }
  | {
      readonly policy: 'delete_unless_key';
      /** Quoted relation of keys that stay, with the target's key columns. */
      readonly keys: string;
      /** A condition over `t`, a row of the target: those that were looked at. All where undefined. */
      readonly within: string | undefined;
    }
  /** A condition over `t`, a row of the target. */
  | { readonly policy: 'delete_where'; readonly condition: string };

export interface MissingRequest {
  /** Physical name of the table. */
  readonly target: string;
  readonly key: readonly string[];
  /** Quoted relation of the rows that were read. */
  readonly rows: string;
  readonly missing: MissingRows;
  /** A condition over `t` under which a row that is missing stays as it is. */
  readonly spared?: string | undefined;
}

/** `from … where …` of the missing rows, each as `t`; undefined where none can be. */
export function fromMissing(dialect: Dialect, request: MissingRequest): string | undefined {
  const { target, key, rows, missing, spared } = request;
  if (missing.policy === 'keep') return undefined;
  const lookedAt =
    missing.policy === 'delete_of_keys'
      ? ` join ${missing.keys} k on ${onKeys(dialect, 't', missing.targetColumns, 'k', missing.keyColumns)}`
      : '';
  const staying = missing.policy === 'delete_unless_key' ? missing.keys : rows;
  const same = onKeys(dialect, 'n', key, 't', key);
  const conditions = [
    `n.${dialect.identifier(key[0] ?? '')} is null`,
    ...(missing.policy === 'delete_where' ? [`(${missing.condition})`] : []),
    ...(missing.policy === 'delete_unless_key' ? lookedAtAlone(dialect, request, missing.within) : []),
    ...(spared === undefined ? [] : [`not (${spared})`]),
  ];
  return `from ${dialect.identifier(target)} t${lookedAt} left join ${staying} n on ${same} where ${conditions.join(' and ')}`;
}

/** What becomes of the keys in `rows` is decided there. */
function lookedAtAlone(dialect: Dialect, { rows, key }: MissingRequest, within: string | undefined): readonly string[] {
  const decided = `not exists (select 1 from ${rows} r where ${onKeys(dialect, 'r', key, 't', key)})`;
  return within === undefined ? [decided] : [decided, `(${within})`];
}
