/** What a model's YAML says of its columns, against those that its SQL gives. */
import { formatType, parseType } from '../engines/type-text.js';
import type { Column, ColumnType } from '../engines/types.js';
import { EtlError, type Place, type Problem } from '../errors.js';
import { didYouMean, nearest } from '../nearest.js';
import type { ColumnDoc, Model } from '../pipeline/types.js';

type Promising = Pick<Model, 'name' | 'table' | 'columns' | 'contractAt'>;

/** True where the YAML says more of the columns than what they hold. */
export function hasContract({ columns, contractAt }: Promising): boolean {
  return contractAt !== undefined || columns.some(({ type }) => type !== undefined);
}

/** The differences, each at its line; only with `contract: true` must all columns be named. */
export function contractProblems(model: Promising, found: readonly Column[]): readonly Problem[] {
  const { columns, contractAt } = model;
  const promised = contractAt === undefined ? columns.filter(({ type }) => type !== undefined) : columns;
  const absent = promised.filter(({ name }) => columnCalled(name, found) === undefined);
  const names = found.map(({ name }) => name);
  const meant = new Set(absent.map(({ name }) => nearest(name, names)));
  const unnamed = found.filter(({ name }) => !columns.some((column) => isSame(column.name, name)) && !meant.has(name));
  return [
    ...absent.map(({ name, where }) =>
      errorAt(
        where,
        `'${model.name}' has no column '${name}'`,
        didYouMean(name, names) ?? `one of: ${names.join(', ')}`,
      ),
    ),
    ...promised.flatMap((column) => typeProblem(column, columnCalled(column.name, found))),
    ...unnamed.flatMap(({ name, type }) => {
      if (contractAt === undefined) return [];
      const hint = `add ${name}: { type: ${type.kind} } to 'columns', or take it out of the SQL`;
      return [errorAt(contractAt, `'${model.name}' has a column '${name}', which its contract does not name`, hint)];
    }),
  ];
}

/** Errors: DEFINITION, at the first difference; nothing has been published then. */
export function requireContract(model: Promising, found: readonly Column[]): void {
  const [first, ...others] = contractProblems(model, found);
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  throw new EtlError('DEFINITION', `${model.name}: ${first.message}${more}`, {
    where: first.where,
    hint: first.hint,
    step: model.table,
  });
}

function typeProblem({ name, type, typeAt, where }: ColumnDoc, found: Column | undefined): readonly Problem[] {
  if (found === undefined) return [];
  if (type === undefined) {
    const hint = `the SQL gives it as ${formatType(found.type)}: ${name}: { type: ${found.type.kind} }`;
    return [errorAt(where, `'${name}' has no type, which a contract needs`, hint)];
  }
  if (isOfType(type, found.type)) return [];
  return [errorAt(typeAt, `'${name}' must be ${type}, but the SQL gives ${formatType(found.type)}`)];
}

function errorAt(where: Place, message: string, hint?: string): Problem {
  return { severity: 'error', message, where, ...(hint === undefined ? {} : { hint }) };
}

/** A type without brackets is that of any width. */
function isOfType(written: string, type: ColumnType): boolean {
  if (!written.includes('(')) return written === type.kind;
  const exact = parseType(written);
  return exact !== undefined && formatType(exact) === formatType(type);
}

function columnCalled(name: string, found: readonly Column[]): Column | undefined {
  return found.find((column) => isSame(column.name, name));
}

/** Databases take names of columns in any case. */
function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
