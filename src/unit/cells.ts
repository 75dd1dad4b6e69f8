/** What the YAML says of cells, cast to the types of their columns by the engine that runs the models. */
import { errorAt } from '../config/problems.js';
import type { Dialect, Session } from '../engines/contract.js';
import { formatType } from '../engines/type-text.js';
import type { Cell, Column, ColumnType } from '../engines/types.js';
import type { Problem } from '../errors.js';
import type { GivenCell, GivenRow } from './types.js';

export interface CellsOf {
  readonly session: Session;
  readonly dialect: Dialect;
  /** Of the rows, in this order. */
  readonly columns: readonly Column[];
}

/** The rows as a relation in SQL, to stand in brackets behind `from`; there must be one. */
export function rowsInSql({ dialect, columns }: Omit<CellsOf, 'session'>, rows: readonly GivenRow[]): string {
  const lines = rows.map(({ cells }) => {
    return `(${columns.map(({ name, type }) => castOf(dialect, cells.get(name)?.text ?? null, type)).join(', ')})`;
  });
  const names = columns.map(({ name }) => dialect.identifier(name));
  return `(values ${lines.join(', ')}) as rows_given(${names.join(', ')})`;
}

/** The rows as the engine gives them back. Errors: those of the casts, which `cellProblems` tells one by one. */
export async function castRows(of: CellsOf, rows: readonly GivenRow[]): Promise<readonly (readonly Cell[])[]> {
  if (rows.length === 0) return [];
  const found = await of.session.query(`select * from ${rowsInSql(of, rows)}`);
  return found.map((row) => of.columns.map(({ name }) => row[name] ?? null));
}

/** The cells that do not fit their columns, each at its place. */
export async function cellProblems(of: CellsOf, rows: readonly GivenRow[]): Promise<readonly Problem[]> {
  if (await allFit(of, rows)) return [];
  const problems: Problem[] = [];
  for (const { cells } of rows) {
    for (const { name, type } of of.columns) {
      const cell = cells.get(name);
      if (cell !== undefined && !(await fits(of, cell, type))) {
        problems.push(errorAt(cell.where, `'${cell.text}' is no value of '${name}', which is ${formatType(type)}`));
      }
    }
  }
  return problems;
}

/** All at once, which is the usual case. */
async function allFit(of: CellsOf, rows: readonly GivenRow[]): Promise<boolean> {
  const isAnyCut = rows.some(({ cells }) =>
    of.columns.some(({ name, type }) => {
      const text = cells.get(name)?.text ?? null;
      return text !== null && isCut(text, type);
    }),
  );
  if (isAnyCut) return false;
  try {
    await castRows(of, rows);
    return true;
  } catch {
    return false;
  }
}

async function fits({ session, dialect }: CellsOf, { text }: GivenCell, type: ColumnType): Promise<boolean> {
  if (text === null) return true;
  if (isCut(text, type)) return false;
  try {
    await session.query(`select ${castOf(dialect, text, type)}`);
    return true;
  } catch {
    return false;
  }
}

/** True where a cast would silently round or cut. */
function isCut(text: string, type: ColumnType): boolean {
  switch (type.kind) {
    case 'integer':
      return !/^[+-]?\d+$/.test(text.trim());
    case 'decimal':
      return (/\.(\d*?)0*$/.exec(text.trim())?.[1]?.length ?? 0) > type.scale;
    case 'date':
      return !/^\d{1,6}-\d\d?-\d\d?$/.test(text.trim());
    default:
      return false;
  }
}

function castOf(dialect: Dialect, text: string | null, type: ColumnType): string {
  return `cast(${text === null ? 'null' : dialect.literal(text)} as ${dialect.columnType(type, false)})`;
}
