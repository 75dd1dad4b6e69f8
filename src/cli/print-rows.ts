/** Prints the rows of a query: as a table, CSV or JSON. */
import type { Column, ResultRow } from '../engines/types.js';
import { EtlError } from '../errors.js';
import { formatRows } from '../report/format.js';
import { paintFor } from '../report/paint.js';
import { formatCsv, formatResult, plainRow } from '../report/rows.js';
import { printData, printJson, say } from './common.js';

export interface RowFormat {
  readonly csv: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

export interface QueryResult {
  readonly columns: readonly Column[];
  readonly rows: readonly ResultRow[];
  /** True where there are more rows than were asked for. */
  readonly isCut?: boolean;
}

/** Errors: USAGE where both forms are asked for. */
export function refuseTwoForms({ csv, json }: Pick<RowFormat, 'csv' | 'json'>): void {
  if (csv && json) throw new EtlError('USAGE', 'only one of --csv, --json can be given');
}

export function printRows({ columns, rows, isCut = false }: QueryResult, { csv, json, quiet }: RowFormat): void {
  if (json) printJson(rows.map(plainRow));
  else if (csv) printData(formatCsv(columns, rows));
  else printTable(columns, rows);
  if (!json && !csv && !quiet) {
    say(isCut ? `the first ${formatRows(rows.length)}; --limit shows more` : formatRows(rows.length));
  }
}

function printTable(columns: readonly Column[], rows: readonly ResultRow[]): void {
  const { columns: width = Number.POSITIVE_INFINITY } = process.stdout;
  if (rows.length > 0) printData(formatResult(columns, rows, width, paintFor(process.stdout)));
}
