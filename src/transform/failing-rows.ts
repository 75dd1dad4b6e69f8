/** The SQL of data tests: selects whose rows are the failures. */
import type { Dialect } from '../engines/contract.js';
import { quoted } from '../load/sql.js';
import type { Bound, ChangeTest, FreshnessTest, RowTest, TableTest } from '../pipeline/data-test.js';
import type { PhysicalName } from './work.js';

/** The select of a test's failing rows; golden-tested. `relation`: quoted, the table or some of its rows. */
export function failingRows(
  dialect: Dialect,
  relation: string,
  test: RowTest | TableTest,
  physical: PhysicalName,
): string {
  const id = dialect.identifier;
  const from = `from ${relation} t`;
  const limited = test.filter === undefined ? '' : ` and (${test.filter})`;
  switch (test.kind) {
    case 'unique': {
      const list = quoted(dialect, test.columns);
      const present = test.columns.map((column) => `${id(column)} is not null`).join(' and ');
      return `select ${list}, count(*) as etl_times ${from} where ${present}${limited} group by ${list} having count(*) > 1`;
    }
    case 'not_null':
      return `select * ${from} where (${test.columns.map((column) => `${id(column)} is null`).join(' or ')})${limited}`;
    case 'accepted_values':
      return `select * ${from} where ${id(test.column)} not in (${test.values.map(dialect.literal).join(', ')})${limited}`;
    case 'range':
      return `select * ${from} where (${outside(dialect, id(test.column), test)})${limited}`;
    case 'expression':
      return `select * ${from} where not (${test.condition})${limited}`;
    case 'relationship': {
      const target = id(physical(test.toTable));
      const column = id(test.column);
      return `select * ${from} where ${column} is not null${limited} and not exists (select 1 from ${target} r where r.${id(test.toColumn)} = t.${column})`;
    }
    case 'row_count':
      return `select count(*) as etl_rows ${from}${filtered(test)} having ${outside(dialect, 'count(*)', test)}`;
    case 'no_gaps':
      return gaps(dialect, from, test);
  }
}

/** As `failingRows`. `asOf`: `YYYY-MM-DD HH:MM:SS` in the zone. A day is fresh as long as it lasts. */
export function staleRows(
  dialect: Dialect,
  relation: string,
  test: FreshnessTest,
  { isDay, asOf, timezone }: { readonly isDay: boolean; readonly asOf: string; readonly timezone: string },
): string {
  const newest = `max(${dialect.identifier(test.column)})`;
  const oldest = new Date(Date.parse(`${asOf.replace(' ', 'T')}Z`) - test.withinMs).toISOString();
  const isOlder = isDay
    ? `${newest} < ${dialect.helpers.date_literal([oldest.slice(0, 10)], { timezone })}`
    : `${dialect.helpers.local_time([newest], { timezone })} < ${dialect.timestamp(oldest.slice(0, 23).replace('T', ' '))}`;
  return `select ${newest} as etl_newest from ${relation} t${filtered(test)} having ${newest} is null or ${isOlder}`;
}

/** The select of the number that a `change` test compares. */
export function changingValue(dialect: Dialect, relation: string, test: ChangeTest, timezone: string): string {
  const value = dialect.helpers.to_double([`(${test.metric})`], { timezone });
  return `select ${value} as etl_value from ${relation} t${filtered(test)}`;
}

function filtered({ filter }: { readonly filter: string | undefined }): string {
  return filter === undefined ? '' : ` where (${filter})`;
}

function outside(
  dialect: Dialect,
  value: string,
  { min, max }: { readonly min: Bound | undefined; readonly max: Bound | undefined },
): string {
  const below = min === undefined ? [] : [`${value} < ${dialect.literal(min)}`];
  const above = max === undefined ? [] : [`${value} > ${dialect.literal(max)}`];
  return [...below, ...above].join(' or ');
}

/** Neighbouring values that are further apart than one unit. */
function gaps(dialect: Dialect, from: string, test: Extract<TableTest, { kind: 'no_gaps' }>): string {
  const column = dialect.identifier(test.column);
  const columns = quoted(dialect, [...test.per, test.column]);
  const per = test.per.length === 0 ? '' : `${quoted(dialect, test.per)}, `;
  const partition = per === '' ? '' : `partition by ${per.slice(0, -2)} `;
  const limited = test.filter === undefined ? '' : ` and (${test.filter})`;
  const values = `(select distinct ${columns} ${from} where ${column} is not null${limited}) v`;
  const pairs = `(select ${columns}, lead(${column}) over (${partition}order by ${column}) as etl_next from ${values}) p`;
  return `select ${per}${column} as etl_gap_after, etl_next as etl_gap_before from ${pairs} where etl_next > ${follower(dialect, column, test.unit)}`;
}

function follower({ helpers }: Dialect, column: string, unit: 'day' | 'week' | 'month'): string {
  const context = { timezone: 'UTC' };
  if (unit === 'month') return helpers.add_months([column, '1'], context);
  return helpers.add_days([column, unit === 'day' ? '1' : '7'], context);
}
