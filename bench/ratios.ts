/** What is promised, as data: our best time is at most so many times another's, measured side by side in the same run. */

export interface Bound {
  /** Title of the contest. */
  readonly contest: string;
  /** The other's name there. */
  readonly against: string;
  /** Who is there only where the peers are wanted. */
  readonly isPeer?: boolean;
  /** Our best time is at most this many times the other's best, … */
  readonly times: number;
  /** … and so much more. */
  readonly plusSeconds?: number;
  /** In the short form, where starting the process is most of it and the machine may be busy: what has broken, not what has slowed. */
  readonly shortForm?: { readonly times: number; readonly plusSeconds: number };
}

export interface MemoryBound {
  readonly contest: string;
  /** Name of the contender. */
  readonly of: string;
  /** Peak of our own process beside DuckDB, in MB. */
  readonly megabytes: number;
}

export const titles = {
  intoDuckdb: 'first load MariaDB -> DuckDB, five tables',
  sameServer: 'first load MariaDB -> MariaDB, same server, five tables',
  otherServer: 'first load MariaDB -> MariaDB, another server, five tables',
  parallelReads: 'one table MariaDB -> DuckDB, half a millisecond a row',
  transforms: 'ten models in DuckDB, built anew',
} as const;

export const bounds: readonly Bound[] = [
  { contest: titles.intoDuckdb, against: 'dlt, connectorx', isPeer: true, times: 0.65 },
  { contest: titles.intoDuckdb, against: 'mariadb-dump', times: 2, shortForm: { times: 10, plusSeconds: 4 } },
  { contest: titles.sameServer, against: 'insert … select', times: 1.2, shortForm: { times: 10, plusSeconds: 4 } },
  { contest: titles.sameServer, against: 'Sling', isPeer: true, times: 1 / 12 },
  { contest: titles.otherServer, against: 'mariadb | load data', times: 1.2, shortForm: { times: 6, plusSeconds: 4 } },
  {
    contest: titles.parallelReads,
    against: 'chat-etl, one connection',
    times: 0.35,
    // Of 10,000 rows one connection waits for 5 s, four for 1.3: beyond the start of the process, whatever that takes.
    shortForm: { times: 0.7, plusSeconds: 1 },
  },
  {
    contest: titles.transforms,
    against: 'plain statements',
    times: 1.1,
    plusSeconds: 0.3,
    shortForm: { times: 3, plusSeconds: 4 },
  },
];

export const memoryBounds: readonly MemoryBound[] = [
  { contest: titles.intoDuckdb, of: 'chat-etl, its own memory', megabytes: 250 },
];
