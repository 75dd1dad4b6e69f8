/** Says which rows differ between staging and the rows of its source that a comparison read, and why. */
import { deletedAt } from '../deleted-at.js';
import type { Dialect, Session } from '../engines/contract.js';
import type { KeyRanges, RowCondition } from '../engines/ranges.js';
import type { Column, ResultRow } from '../engines/types.js';
import { onKeys, quoted } from './sql.js';
import { rangeColumns } from './staging-ranges.js';

/** `missing`: not in staging. `extra`: not in the source, or deleted there. `stale`: the content differs. */
export type Difference = 'missing' | 'extra' | 'stale';

export interface DifferenceRequest {
  readonly table: string;
  readonly key: readonly string[];
  readonly columns: readonly Column[];
  readonly ranges: KeyRanges | undefined;
  /** Name of the work table with the source's rows in these ranges. */
  readonly comparedTable: string;
  /** Name of the work table of rows that the next merge brings, which are no differences; undefined where it is empty. */
  readonly workTable: string | undefined;
  /** True where staging keeps rows that the source has deleted, flagged. */
  readonly isFlagged: boolean;
  /** Which rows of the source live, and which of either side are compared. */
  readonly live: readonly RowCondition[];
  readonly compared: readonly RowCondition[];
}

export interface Differences {
  readonly rows: Readonly<Record<Difference, number>>;
  /** The first of them, in the order of the key. */
  readonly keys: readonly { readonly why: Difference; readonly key: ResultRow }[];
}

const longestList = 1000;

export async function explainDifferences(
  session: Session,
  dialect: Dialect,
  request: DifferenceRequest,
): Promise<Differences> {
  const rows = { missing: 0, extra: 0, stale: 0 };
  const keys: { readonly why: Difference; readonly key: ResultRow }[] = [];
  for (const [why, side, from] of selects(dialect, request)) {
    // Counted and listed from the keys alone: the rows themselves may be long, and are compared once.
    const select = `select ${quoted(dialect, request.key, `${side}.`)} ${from}`;
    for (const statement of dialect.createScratchTableAs('differing', select)) await session.execute(statement);
    const differing = dialect.scratchTable('differing');
    const [count] = await session.query(`select count(*) as n from ${differing}`);
    rows[why] = Number(count?.n);
    const list = quoted(dialect, request.key);
    const found = await session.query(`select ${list} from ${differing} order by ${list} limit ${longestList}`);
    keys.push(...found.map((key) => ({ why, key })));
  }
  await session.execute(dialect.dropScratchTable('differing'));
  return { rows, keys: keys.slice(0, longestList) };
}

type Select = readonly [Difference, 'n' | 't', string];

/** Each with the side whose key it gives: `n`, a row of the source, or `t`, one of staging. */
function selects(dialect: Dialect, request: DifferenceRequest): readonly Select[] {
  const { key, columns, ranges, isFlagged } = request;
  const firstKey = dialect.identifier(key[0] ?? '');
  const source = liveRows(dialect, request);
  const flag = dialect.identifier(deletedAt);
  const stored = isFlagged
    ? `(select * from ${dialect.identifier(request.table)} where ${flag} is null)`
    : dialect.identifier(request.table);
  const same = onKeys(dialect, 'n', key, 't', key);
  const differs = columns
    .filter(({ name }) => !key.includes(name))
    .map(({ name }) => dialect.distinct(`n.${dialect.identifier(name)}`, `t.${dialect.identifier(name)}`));
  const inRanges =
    ranges === undefined ? [] : [dialect.ranges.within(rangeColumns(dialect, columns, 't'), key, ranges)];
  const where = (side: 'n' | 't', conditions: readonly string[]) =>
    [...conditions, ...comparedAlone(dialect, request, side)].map((condition) => `(${condition})`).join(' and ');
  return [
    [
      'missing',
      'n',
      `from ${source} n left join ${stored} t on ${same} where ${where('n', [`t.${firstKey} is null`])}`,
    ],
    [
      'extra',
      't',
      `from ${stored} t left join ${source} n on ${same} where ${where('t', [`n.${firstKey} is null`, ...inRanges])}`,
    ],
    [
      'stale',
      'n',
      `from ${source} n join ${stored} t on ${same} where ${where('n', [differs.length === 0 ? '1 = 0' : differs.join(' or ')])}`,
    ],
  ];
}

function liveRows(dialect: Dialect, { comparedTable, columns, live }: DifferenceRequest): string {
  const table = dialect.workTable(comparedTable);
  if (live.length === 0) return table;
  const conditions = live.map((one) => dialect.ranges.condition(rangeColumns(dialect, columns, 'l'), one));
  return `(select * from ${table} l where ${conditions.join(' and ')})`;
}

function comparedAlone(dialect: Dialect, request: DifferenceRequest, side: 'n' | 't'): readonly string[] {
  const { key, columns, workTable, compared } = request;
  const conditions = compared.map((one) => dialect.ranges.condition(rangeColumns(dialect, columns, side), one));
  if (workTable === undefined) return conditions;
  const waits = `select 1 from ${dialect.workTable(workTable)} w where ${onKeys(dialect, 'w', key, side, key)}`;
  return [...conditions, `not exists (${waits})`];
}
