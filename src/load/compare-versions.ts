/** Rows of which staging holds another version than the source has, though no read has brought that. */
import type { Dialect, Session } from '../engines/contract.js';
import type { KeyRanges } from '../engines/ranges.js';
import type { Column, ResultRow } from '../engines/types.js';
import type { OtherVersions } from '../extract/regressed.js';
import type { Source } from '../pipeline/types.js';
import { onKeys, quoted } from './sql.js';
import { asStored, rangeColumns } from './staging-ranges.js';
import { aliveStaging, readKeys } from './unread-keys.js';

export interface VersionRequest {
  readonly source: Source;
  /** Columns of the source. */
  readonly columns: readonly Column[];
  /** Columns of staging. */
  readonly stored: readonly Column[];
  /** The ranges whose keys were read; all where undefined. */
  readonly ranges: KeyRanges | undefined;
  /** The cursor's name in staging. */
  readonly cursor: string;
  /** A condition over `t`, a row of staging, under which it need not be in the source. */
  readonly spared: string | undefined;
}

/**
 * Compares the cursors in the work table `keysTableOf` with those of staging. A row that waits to be merged has the source's; one
 * without a cursor is read each time.
 */
export async function compareVersions(
  session: Session,
  dialect: Dialect,
  request: VersionRequest,
): Promise<OtherVersions> {
  const scratch = [
    ['others', selectOthers(dialect, request)],
    ['unchanged', selectNewestUnchanged(dialect, request)],
  ] as const;
  for (const [name, select] of scratch) {
    for (const statement of dialect.createScratchTableAs(name, select)) await session.execute(statement);
  }
  const others = dialect.scratchTable('others');
  const counted = await session.query(`select etl_kind as kind, count(*) as n from ${others} group by etl_kind`);
  const newest = await session.query(
    `select etl_kind as kind, ${quoted(dialect, request.source.key)} from ${others} o cross join ${dialect.scratchTable('unchanged')} u where etl_kind <> 'newer' and (u.newest is null or o.etl_cursor > u.newest) order by ${quoted(dialect, request.source.key)}`,
  );
  for (const [name] of scratch) await session.execute(dialect.dropScratchTable(name));
  const count = (kind: Kind) => Number(counted.find((row) => row.kind === kind)?.n ?? 0);
  const newestOf = (kind: Kind) => newest.filter((row) => row.kind === kind);
  return {
    newer: count('newer'),
    older: count('older'),
    newestOlder: newestOf('older').length,
    newestGone: newestOf('gone').length,
    sample: sampleOf([...newestOf('older'), ...newestOf('gone')]),
  };
}

type Kind = 'older' | 'newer' | 'gone';

function selectOthers(dialect: Dialect, request: VersionRequest): string {
  const { source, columns, stored, ranges, cursor } = request;
  const { key } = source;
  const [now, before] = [`k.${dialect.identifier(cursor)}`, `t.${dialect.identifier(cursor)}`];
  const isGone = `k.${dialect.identifier(key[0] ?? '')} is null`;
  const conditions = [
    `${isGone} or (${now} is not null and ${dialect.distinct(now, before)})`,
    ...heldAlone(dialect, request),
    ...(ranges === undefined
      ? []
      : [dialect.ranges.within(rangeColumns(dialect, asStored(columns, stored)), key, ranges)]),
  ];
  const kind = `case when ${isGone} then 'gone' when coalesce(${now} < ${before}, false) then 'older' else 'newer' end`;
  const from = `${aliveStaging(dialect, source)} t left join ${readKeys(dialect, source, columns)} k on ${onKeys(dialect, 'k', key, 't', key)}`;
  return `select ${quoted(dialect, key, 't.')}, ${before} as etl_cursor, ${kind} as etl_kind from ${from} where ${all(conditions)}`;
}

/** Of the rows that both have in one version: everything that went back, and nothing else, would be above it. */
function selectNewestUnchanged(dialect: Dialect, { source, cursor, spared }: VersionRequest): string {
  const column = dialect.identifier(cursor);
  const conditions = [
    absent(dialect, source, dialect.scratchTable('others')),
    absent(dialect, source, dialect.workTable(source.table), dialect.distinct(`o.${column}`, `t.${column}`)),
    ...unspared(spared),
  ];
  return `select max(t.${column}) as newest from ${aliveStaging(dialect, source)} t where ${all(conditions)}`;
}

/** Conditions over `t`, a row of staging that no row waits to replace and that the source should have. */
function heldAlone(dialect: Dialect, { source, spared }: VersionRequest): readonly string[] {
  return [absent(dialect, source, dialect.workTable(source.table)), ...unspared(spared)];
}

function unspared(spared: string | undefined): readonly string[] {
  return spared === undefined ? [] : [`not (${spared})`];
}

/** @param condition over `o`, a row of the relation */
function absent(dialect: Dialect, { key }: Source, relation: string, condition = 'true'): string {
  return `not exists (select 1 from ${relation} o where ${onKeys(dialect, 'o', key, 't', key)} and ${condition})`;
}

function all(conditions: readonly string[]): string {
  return conditions.map((one) => `(${one})`).join(' and ');
}

function sampleOf([first]: readonly ResultRow[]): string | undefined {
  if (first === undefined) return undefined;
  return Object.entries(first)
    .filter(([name]) => name !== 'kind')
    .map(
      ([name, value]) => `${name} ${value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)}`,
    )
    .join(', ');
}
