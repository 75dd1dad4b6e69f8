/**
 * A template's text as a function, compiled once: checked, and with a marker before everything it writes (`markers.ts`).
 * Handlebars' own strict mode looks at `{{name}}` alone and stops at the first mistake; so here every name is passed through
 * a helper that reports what is unknown, all of it.
 */
import Handlebars from 'handlebars';
import { didYouMean } from '../nearest.js';
import { registerHelpers } from './helpers.js';
import { lineStarts } from './lines.js';
import { copiedFrom, writtenBy } from './markers.js';
import { argumentCountProblem, blockNames, signatures } from './signatures.js';
import { syntaxMistake, type TemplateMistake } from './syntax-error.js';

type Expression = hbs.AST.Expression;
type Call = hbs.AST.MustacheStatement | hbs.AST.SubExpression;

export interface MacroCall {
  readonly name: string;
  readonly offset: number;
}

export interface ParsedTemplate {
  /** Writes the marked text; undefined where the template cannot be parsed. */
  readonly write: Handlebars.TemplateDelegate | undefined;
  readonly mistakes: readonly TemplateMistake[];
  readonly macroCalls: readonly MacroCall[];
}

const handlebars = Handlebars.create();
registerHelpers(handlebars);

const cache = new Map<string, ParsedTemplate>();
const cacheSize = 5_000;

/** Parses, checks and compiles a template; the same text is compiled once. */
export function parseTemplate(text: string): ParsedTemplate {
  const known = cache.get(text);
  if (known !== undefined) return known;
  if (cache.size >= cacheSize) cache.clear();
  const parsed = compile(text);
  cache.set(text, parsed);
  return parsed;
}

function compile(text: string): ParsedTemplate {
  let program: hbs.AST.Program;
  try {
    program = handlebars.parse(text);
  } catch (error) {
    return { write: undefined, mistakes: [syntaxMistake(text, error)], macroCalls: [] };
  }
  const preparation = new Preparation(text);
  const prepared = preparation.program(program);
  // An indented macro call must not indent the macro's lines: their places would shift.
  const write = handlebars.compile(prepared, { noEscape: true, preventIndent: true });
  return { write, mistakes: preparation.mistakes, macroCalls: preparation.macroCalls };
}

/** One walk over a parsed template: what is wrong is listed and left out, the rest gets its markers. */
class Preparation {
  readonly mistakes: TemplateMistake[] = [];
  readonly macroCalls: MacroCall[] = [];
  private readonly starts: readonly number[];

  constructor(private readonly text: string) {
    this.starts = lineStarts(text);
  }

  program(program: hbs.AST.Program): hbs.AST.Program {
    return { ...program, body: program.body.flatMap((statement) => this.statement(statement)) };
  }

  private statement(statement: hbs.AST.Statement): hbs.AST.Statement[] {
    switch (statement.type) {
      case 'CommentStatement':
        return [];
      case 'ContentStatement':
        return this.content(statement as hbs.AST.ContentStatement);
      case 'MustacheStatement':
        return this.mustache(statement as hbs.AST.MustacheStatement);
      case 'BlockStatement':
        return this.block(statement as hbs.AST.BlockStatement);
      case 'PartialStatement':
        return this.partial(statement as hbs.AST.PartialStatement);
      default:
        this.mistake(
          statement,
          'inline macros and macro blocks are not part of chat-etl',
          'put a file into sql/macros',
        );
        return [];
    }
  }

  private content(statement: hbs.AST.ContentStatement): hbs.AST.Statement[] {
    const { value } = statement;
    if (value === '') return [];
    // Handlebars takes white space off beside blocks and `~`: look for what is left.
    const found = this.text.indexOf(value, this.offset(statement));
    return [contentNode(statement, copiedFrom(found < 0 ? this.offset(statement) : found) + value)];
  }

  private mustache(statement: hbs.AST.MustacheStatement): hbs.AST.Statement[] {
    const { path } = statement;
    const isName = path.type === 'PathExpression' && !signatures.has((path as hbs.AST.PathExpression).original);
    const bare = isName && statement.params.length === 0 && (statement.hash?.pairs ?? []).length === 0;
    const node = bare ? this.name(path as hbs.AST.PathExpression, '__print') : this.call(statement);
    if (node === undefined) return [];
    return [contentNode(statement, writtenBy(this.offset(statement))), { ...statement, ...node, type: statement.type }];
  }

  private block(statement: hbs.AST.BlockStatement): hbs.AST.Statement[] {
    const name = statement.path.original;
    if (!blockNames.has(name)) {
      const hint = didYouMean(name, blockNames) ?? `blocks are: ${[...blockNames].join(', ')}`;
      this.mistake(statement, `no block is called '${name}'`, hint);
    }
    const wrongCount = argumentCountProblem(name, statement.params.length);
    if (blockNames.has(name) && wrongCount !== undefined) this.mistake(statement, wrongCount);
    const program = this.program(statement.program);
    const inverse = statement.inverse === undefined ? undefined : this.program(statement.inverse);
    const params = statement.params.map((param) => this.argument(param));
    if (!blockNames.has(name) || wrongCount !== undefined) return [];
    return [{ ...statement, params, program, inverse } as hbs.AST.BlockStatement];
  }

  private partial(statement: hbs.AST.PartialStatement): hbs.AST.Statement[] {
    if (statement.name.type !== 'PathExpression' || statement.params.length > 0) {
      this.mistake(statement, 'a macro is called by its name, with named arguments', '{{> name argument="value"}}');
      return [];
    }
    this.macroCalls.push({ name: statement.name.original, offset: this.offset(statement) });
    if (statement.hash === undefined) return [statement];
    const pairs = statement.hash.pairs.map((pair) => ({ ...pair, value: this.argument(pair.value) }));
    return [{ ...statement, hash: { ...statement.hash, pairs } } as hbs.AST.PartialStatement];
  }

  /** A call of a helper with the place it stands at, which helpers need for their errors. */
  private call(node: Call): hbs.AST.SubExpression | undefined {
    const name = String(node.path.type === 'PathExpression' ? (node.path as hbs.AST.PathExpression).original : '');
    const params = node.params.map((param) => this.argument(param));
    if (!signatures.has(name)) {
      const hint = didYouMean(name, signatures.keys()) ?? "SQL's own functions are written without {{…}}";
      this.mistake(node.path, `no helper is called '${name}'`, hint);
      return undefined;
    }
    const wrongCount = argumentCountProblem(name, params.length);
    if (wrongCount !== undefined) this.mistake(node, wrongCount);
    const unknown = (node.hash?.pairs ?? []).filter((pair) => !this.namedArgument(name, params, pair));
    for (const named of unknown) this.mistake(named, `'${name}' takes no argument called '${named.key}'`);
    if (wrongCount !== undefined || unknown.length > 0) return undefined;
    return callNode(node, name, params, this.offset(node.params[0] ?? node));
  }

  /** An optional parameter may be given by its name: `before=27`. False where it cannot be. */
  private namedArgument(name: string, params: Expression[], pair: hbs.AST.HashPair): boolean {
    if (signatures.get(name)?.indexOf(`${pair.key}?`) !== params.length) return false;
    params.push(this.argument(pair.value));
    return true;
  }

  private argument(expression: Expression): Expression {
    if (expression.type === 'SubExpression') {
      return this.call(expression as hbs.AST.SubExpression) ?? textNode(expression, '');
    }
    if (expression.type !== 'PathExpression') return expression;
    const path = expression as hbs.AST.PathExpression;
    // `{{date_key as_of}}` reads better than `{{date_key (as_of)}}`.
    if (signatures.get(path.original)?.length === 0) return callNode(path, path.original, [], this.offset(path));
    return this.name(path, '__value');
  }

  private name(path: hbs.AST.PathExpression, helper: '__print' | '__value'): hbs.AST.SubExpression {
    return callNode(path, helper, [path, textNode(path, path.original)], this.offset(path));
  }

  private mistake(node: hbs.AST.Node, message: string, hint?: string): void {
    this.mistakes.push({ offset: this.offset(node), message, hint });
  }

  private offset(node: hbs.AST.Node): number {
    return (this.starts[node.loc.start.line - 1] ?? 0) + node.loc.start.column;
  }
}

function contentNode(at: hbs.AST.Node, value: string): hbs.AST.ContentStatement {
  return { type: 'ContentStatement', loc: at.loc, value, original: value } as unknown as hbs.AST.ContentStatement;
}

function textNode(at: hbs.AST.Node, value: string): hbs.AST.StringLiteral {
  return { type: 'StringLiteral', loc: at.loc, value, original: value };
}

function callNode(at: hbs.AST.Node, helper: string, params: Expression[], offset: number): hbs.AST.SubExpression {
  const place: hbs.AST.NumberLiteral = { type: 'NumberLiteral', loc: at.loc, value: offset, original: offset };
  return {
    type: 'SubExpression',
    loc: at.loc,
    path: { type: 'PathExpression', loc: at.loc, data: false, depth: 0, parts: [helper], original: helper },
    params,
    hash: { type: 'Hash', loc: at.loc, pairs: [{ type: 'HashPair', loc: at.loc, key: 'offset', value: place }] },
  };
}
