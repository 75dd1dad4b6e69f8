/** The helpers of templates, and what one rendering knows and records. */
import type { VarValue } from '../config/types.js';
import { type HelperName, helperSignatures } from '../engines/helpers.js';
import type { Problem } from '../errors.js';
import { didYouMean } from '../nearest.js';
import { lineText, placeInFile } from './lines.js';
import type { CallNode, NameNode } from './nodes.js';
import { Pieces } from './pieces.js';
import { memberOf } from './scope.js';
import { signatures } from './signatures.js';
import type { RenderContext, TemplateEnvironment, TemplateFile } from './types.js';

/** A table that a template names, and where. */
export interface TableUse {
  readonly name: string;
  readonly file: TemplateFile;
  readonly offset: number;
}

/** One rendering: what it may ask, and what it found. */
export class Rendering {
  /** The template, and the macros that are being written inside it. */
  readonly files: TemplateFile[];
  readonly pieces: Pieces;
  readonly refs: TableUse[] = [];
  readonly deltas: TableUse[] = [];
  readonly vars = new Set<string>();
  readonly macros = new Set<string>();
  readonly problems: Problem[] = [];
  readonly dirtyBefore = new Set<number>();
  usesAsOf = false;

  constructor(
    template: TemplateFile,
    readonly environment: TemplateEnvironment,
    readonly context: RenderContext,
  ) {
    this.files = [template];
    this.pieces = new Pieces(template);
  }

  get file(): TemplateFile {
    return this.files.at(-1) as TemplateFile;
  }

  problem(file: TemplateFile, offset: number, message: string, hint?: string): void {
    const where = placeInFile(file, offset);
    const sourceLine = lineText(file.text, where.line);
    const problem = { severity: 'error' as const, message, where, ...(sourceLine !== undefined && { sourceLine }) };
    this.problems.push(hint === undefined ? problem : { ...problem, hint });
  }
}

/** What stands in for SQL that could not be written; the problem is on the list. */
const nothing = 'null';

type Helper = (rendering: Rendering, args: readonly unknown[], offset: number) => unknown;

const ownHelpers: readonly (readonly [string, Helper])[] = [
  ['ref', ref],
  ['delta', delta],
  ['dirty', dirty],
  ['var', variable],
  ['as_of', asOf],
  ['as_of_date', asOfDate],
  ['lookup', lookup],
];

const helpers: ReadonlyMap<string, Helper> = new Map([
  ...ownHelpers,
  ...(Object.keys(helperSignatures) as HelperName[]).map((name) => [name, dialectHelper(name)] as const),
]);

/** What a helper gives for these arguments. Their number has been checked. */
export function call(rendering: Rendering, { helper, offset }: CallNode, args: readonly unknown[]): unknown {
  return helpers.get(helper)?.(rendering, args, offset);
}

function ref(rendering: Rendering, [table]: readonly unknown[], offset: number): string {
  return tableName(rendering, 'ref', table, offset);
}

function delta(rendering: Rendering, [table]: readonly unknown[], offset: number): string {
  return tableName(rendering, 'delta', table, offset);
}

function tableName(rendering: Rendering, kind: 'ref' | 'delta', table: unknown, offset: number): string {
  if (typeof table !== 'string' || table === '') {
    rendering.problem(rendering.file, offset, `'${kind}' takes a table's name in quotes`);
    return nothing;
  }
  rendering[`${kind}s`].push({ name: table, file: rendering.file, offset });
  return rendering.context[kind](table);
}

function dirty(rendering: Rendering, [expression, before = 0]: readonly unknown[], offset: number): string {
  if (typeof expression !== 'string' || expression === '') {
    rendering.problem(rendering.file, offset, '\'dirty\' takes an expression in quotes, e.g. {{dirty "m.date_key"}}');
    return nothing;
  }
  if (typeof before !== 'number' || !Number.isInteger(before) || before < 0) {
    rendering.problem(rendering.file, offset, "'before' is a whole number of partitions, e.g. before=27");
    return nothing;
  }
  rendering.dirtyBefore.add(before);
  return rendering.context.dirty?.(expression, before) ?? 'true';
}

function asOf(rendering: Rendering): string {
  rendering.usesAsOf = true;
  return rendering.environment.dialect.timestamp(rendering.context.asOf);
}

function asOfDate(rendering: Rendering): string {
  rendering.usesAsOf = true;
  const { dialect } = rendering.environment;
  return dialect.helpers.date_literal([rendering.context.asOf.slice(0, 10)], rendering.context);
}

function dialectHelper(name: HelperName): Helper {
  return (rendering, args, offset) => {
    const texts: string[] = [];
    for (const arg of args) {
      if (typeof arg === 'string' || typeof arg === 'number') texts.push(String(arg));
      else if (arg !== undefined) rendering.problem(rendering.file, offset, `'${name}' takes texts and numbers`);
    }
    return texts.length === args.length
      ? rendering.environment.dialect.helpers[name](texts, rendering.context)
      : nothing;
  };
}

function variable(rendering: Rendering, [path]: readonly unknown[], offset: number): string {
  const { vars, dialect } = rendering.environment;
  if (typeof path !== 'string') {
    rendering.problem(rendering.file, offset, `'var' takes a var's name in quotes`);
    return nothing;
  }
  const found = varAt(vars, path);
  if (found === undefined) {
    rendering.problem(rendering.file, offset, `there is no var '${path}'`, didYouMean(path, varPaths(vars)));
    return nothing;
  }
  rendering.vars.add(path);
  if (found === null || typeof found !== 'object') return dialect.literal(found);
  const items: readonly VarValue[] = Array.isArray(found) ? found : [];
  if (items.length > 0 && items.every((item) => item === null || typeof item !== 'object')) {
    return `(${items.map((item) => dialect.literal(item as string | number | boolean | null)).join(', ')})`;
  }
  const message = Array.isArray(found) ? `the var '${path}' is no list of values` : `'${path}' is a group of vars`;
  const hint = Array.isArray(found)
    ? 'SQL has no empty list'
    : `one of: ${varPaths(found as VarGroup, path).join(', ')}`;
  rendering.problem(rendering.file, offset, message, hint);
  return nothing;
}

function lookup(_rendering: Rendering, [object, name]: readonly unknown[]): unknown {
  return object ? memberOf(object, [String(name)]) : object;
}

/** What a name stands for where it is an argument: it must be known. */
export function givenName(rendering: Rendering, { written, offset }: NameNode, found: unknown): unknown {
  const root = written.replace(/^@root\./, '');
  if (varAt(rendering.environment.vars, root) !== undefined) rendering.vars.add(root);
  if (found !== undefined) return found;
  const candidates = [...signatures.keys(), ...varPaths(rendering.environment.vars)];
  const message = `nothing is called '${written}' here`;
  rendering.problem(rendering.file, offset, message, didYouMean(written, candidates));
  return undefined;
}

/** The text of a name that stands alone in a `{{…}}`. */
export function printedName(rendering: Rendering, name: NameNode, found: unknown): string {
  const value = givenName(rendering, name, found);
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value);
  if (value !== undefined) {
    rendering.problem(rendering.file, name.offset, `'${name.written}' is no text, number or boolean`);
  }
  return nothing;
}

type VarGroup = { readonly [name: string]: VarValue };

function varAt(vars: VarGroup, path: string): VarValue | undefined {
  let found: VarValue | undefined = vars;
  for (const name of path.split('.')) {
    if (found === null || typeof found !== 'object' || !Object.hasOwn(found, name)) return undefined;
    found = (found as VarGroup)[name];
  }
  return found;
}

function varPaths(vars: VarGroup, prefix = ''): readonly string[] {
  return Object.entries(vars).flatMap(([name, found]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const isGroup = found !== null && typeof found === 'object' && !Array.isArray(found);
    return isGroup ? varPaths(found as VarGroup, path) : [path];
  });
}
