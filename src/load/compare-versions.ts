/** Rows of a source whose cursor is not the one that staging has of them, though no read has brought that. */
import type { Dialect, Session } from '../engines/contract.js';
import type { Column, ResultRow } from '../engines/types.js';
import type { OtherVersions } from '../extract/regressed.js';
import type { Source } from '../pipeline/types.js';
import { onKeys, quoted } from './sql.js';
import { aliveStaging, readKeys } from './unread-keys.js';

export interface VersionRequest {
  readonly source: Source;
  /** Columns of the source. */
  readonly columns: readonly Column[];
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
  { source, columns, cursor, spared }: VersionRequest,
): Promise<OtherVersions> {
  const { key, table } = source;
  const [read, stored] = [`k.${dialect.identifier(cursor)}`, `t.${dialect.identifier(cursor)}`];
  const conditions = [
    `${read} is not null`,
    dialect.distinct(read, stored),
    `not exists (select 1 from ${dialect.workTable(table)} w where ${onKeys(dialect, 'w', key, 'k', key)})`,
    ...(spared === undefined ? [] : [`not (${spared})`]),
  ];
  const others = `from ${readKeys(dialect, source, columns)} k join ${aliveStaging(dialect, source)} t on ${onKeys(dialect, 't', key, 'k', key)} where ${conditions.map((one) => `(${one})`).join(' and ')}`;
  const isOlder = `coalesce(${read} < ${stored}, false)`;
  const [row] = await session.query(
    `select count(*) as others, coalesce(sum(case when ${isOlder} then 1 else 0 end), 0) as older ${others}`,
  );
  const older = Number(row?.older);
  const sample =
    older === 0
      ? undefined
      : await session.query(
          `select ${quoted(dialect, key, 'k.')} ${others} and ${isOlder} order by ${quoted(dialect, key, 'k.')} limit 1`,
        );
  return { older, newer: Number(row?.others) - older, sample: sample?.[0] && describe(sample[0]) };
}

function describe(key: ResultRow): string {
  return Object.entries(key)
    .map(
      ([name, value]) => `${name} ${value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)}`,
    )
    .join(', ');
}
