/** What MySQL and MariaDB can do as a warehouse, and which of their versions may be one. */
import { EtlError } from '../../errors.js';
import type { Capabilities } from '../contract.js';

/** The server allows 64 characters; `etl_changes_<name>__new` must fit into them. */
const longestName = 64 - 'etl_changes_'.length - '__new'.length;

export const capabilities: Capabilities = {
  transactionalDdl: false,
  readsOwnRowsSlower: false,
  parallelSteps: true,
  maxNameLength: longestName,
  maxDecimalDigits: 65,
  memoryForKeys: undefined,
  strategies: { view: true, table: true, append: true, merge: true, partition: true, snapshot: true },
};

/** 8.0.17 is the first release of 8.0 with the collation `utf8mb4_0900_bin`. */
const oldest = { mysql: [8, 0, 17], mariadb: [10, 6, 0] } as const;

/** `version` as `select version()` says it. Errors: UNSUPPORTED where a server is too old to be a warehouse. */
export function refuseOldServer(version: string): void {
  const family = /mariadb/i.test(version) ? 'mariadb' : 'mysql';
  // Old MariaDB servers put this in front of their own version, for replicas of MySQL.
  const numbers = version.replace(/^5\.5\.5-/, '').match(/^(\d+)\.(\d+)\.(\d+)/);
  const found = (numbers ?? []).slice(1).map(Number);
  if (found.length === 3 && !isBelow(found, oldest[family])) return;
  const shown = family === 'mysql' ? `MySQL ${version}` : version.replace(/^5\.5\.5-/, '');
  throw new EtlError('UNSUPPORTED', `a warehouse needs MySQL 8.0 or MariaDB 10.6; this server is ${shown}`, {
    hint: 'of MySQL 8.0, release 17 and later; older servers can be read from',
  });
}

function isBelow(found: readonly number[], wanted: readonly number[]): boolean {
  const first = wanted.findIndex((part, index) => part !== found[index]);
  return first >= 0 && (found[first] ?? 0) < (wanted[first] ?? 0);
}
