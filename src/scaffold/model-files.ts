/** A first model over a table, which runs as it stands: its rows by day, or their number. */
import type { Column, ColumnType } from '../engines/types.js';

export interface ModelOrigin {
  /** As `ref` names it. */
  readonly table: string;
  /** As unit tests name it: a source by its own name. */
  readonly given: string;
  readonly key: readonly string[];
  readonly columns: readonly Column[];
}

export interface ModelFiles {
  readonly sql: string;
  /** Lines of YAML, the model's name first. */
  readonly yaml: string;
  readonly unitTest: string;
}

/** The column that a day is taken from. */
function dayColumn(columns: readonly Column[]): Column | undefined {
  const times = columns.filter(
    ({ name, type }) => isTime(type) && !/^(etl_|deleted|removed|edited|updated|valid_to)/.test(name),
  );
  return times.find(({ name }) => /^(created|sent|day$|date$)/.test(name)) ?? times[0];
}

function isTime({ kind }: ColumnType): boolean {
  return kind === 'timestamp' || kind === 'date';
}

export function modelFiles(name: string, origin: ModelOrigin): ModelFiles {
  const day = dayColumn(origin.columns);
  return day === undefined ? countOfRows(name, origin) : rowsByDay(name, origin, day);
}

function rowsByDay(name: string, { table, given, key, columns }: ModelOrigin, day: Column): ModelFiles {
  const expression = day.type.kind === 'date' ? `t.${day.name}` : `{{date_of "t.${day.name}"}}`;
  const others = key.filter((column) => column !== day.name);
  // Where the day is the whole key there is one row of each.
  const isOneADay = key.length > 0 && others.length === 0;
  const days = [...(isOneADay ? [] : ['2024-03-01']), '2024-03-01', '2024-03-02'];
  const rows = days.map((date, index) => {
    const keys = others.map((column) => `${column}: ${sampleOf(columns, column, index)}`);
    const time = day.type.kind === 'date' ? '' : ' 12:00:00';
    return `        - { ${[...keys, `${day.name}: "${date}${time}"`].join(', ')} }`;
  });
  return {
    sql: `-- Rows of ${table} by day.
select
  ${expression} as day,
  count(*) as rows_counted
from {{ref "${table}"}} t
group by ${expression}
`,
    yaml: `${name}:
  description: A row a day with rows of ${table}. # what a row is, and what is counted
  sql: ${name}.sql
  strategy: table
  key: day
  contract: true # these are all columns
  columns:
    day: { type: date, description: The day. }
    rows_counted: { type: integer, description: Rows of that day. }
  tests: [{ unique: day }, { not_null: [day, rows_counted] }]`,
    unitTest: `${head}
  counts rows by day:
    vars: { timezone: UTC }
    given:
      ${given}:
${rows.join('\n')}
    expect:
      ${name}:
        - { day: "2024-03-01", rows_counted: ${isOneADay ? 1 : 2} }
        - { day: "2024-03-02", rows_counted: 1 }
`,
  };
}

function countOfRows(name: string, { table, given, key, columns }: ModelOrigin): ModelFiles {
  const named = key.length > 0 ? key : columns.slice(0, 1).map((column) => column.name);
  const rows = [0, 1].map((index) => {
    const cells = named.map((column) => `${column}: ${sampleOf(columns, column, index)}`);
    return `        - { ${cells.join(', ')} }`;
  });
  return {
    sql: `-- How many rows ${table} has.
select
  count(*) as rows_counted
from {{ref "${table}"}} t
`,
    yaml: `${name}:
  description: One row, with the number of rows of ${table}. # what a row is, and what is counted
  sql: ${name}.sql
  strategy: table
  contract: true # these are all columns
  columns:
    rows_counted: { type: integer, description: All rows. }
  tests: [{ not_null: rows_counted }]`,
    unitTest: `${head}
  counts all rows:
    given:
      ${given}:
${rows.join('\n')}
    expect:
      ${name}: [{ rows_counted: 2 }]
`,
  };
}

const head = '# yaml-language-server: $schema=../schemas/unit-tests.schema.json\ntests:';

/** Another value for each row, as the column's type spells it. */
function sampleOf(columns: readonly Column[], name: string, index: number): string {
  switch (columns.find((column) => column.name === name)?.type.kind) {
    case 'text':
      return `"${'abc'[index]}"`;
    case 'date':
      return `"2024-03-0${index + 1}"`;
    case 'timestamp':
      return `"2024-03-0${index + 1} 12:00:00"`;
    case 'time':
      return `"0${index + 1}:00:00"`;
    default:
      return String(index + 1);
  }
}
