/**
 * A template's text as a checked tree (`nodes.ts`). Handlebars parses it and does no more: what chat-etl allows is little,
 * and to write it from the tree takes a tenth of the time of compiling it to a function, and knows where everything stands.
 */
import Handlebars from 'handlebars';
import { didYouMean } from '../nearest.js';
import { lineStarts } from './lines.js';
import type { BlockName, CallNode, ExpressionNode, LiteralNode, NameNode, TemplateNode } from './nodes.js';
import { argumentCountProblem, blockNames, signatures } from './signatures.js';
import { syntaxMistake, type TemplateMistake } from './syntax-error.js';

type Call = hbs.AST.MustacheStatement | hbs.AST.SubExpression;

export interface MacroCall {
  readonly name: string;
  readonly offset: number;
}

export interface ParsedTemplate {
  /** Without what is wrong; undefined where the template cannot be parsed. */
  readonly nodes: readonly TemplateNode[] | undefined;
  readonly mistakes: readonly TemplateMistake[];
  readonly macroCalls: readonly MacroCall[];
}

const cache = new Map<string, ParsedTemplate>();
const cacheSize = 5_000;

/** Parses and checks a template; the same text is parsed once. */
export function parseTemplate(text: string): ParsedTemplate {
  const known = cache.get(text);
  if (known !== undefined) return known;
  if (cache.size >= cacheSize) cache.clear();
  const parsed = parse(text);
  cache.set(text, parsed);
  return parsed;
}

function parse(text: string): ParsedTemplate {
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(text);
  } catch (error) {
    return { nodes: undefined, mistakes: [syntaxMistake(text, error)], macroCalls: [] };
  }
  const check = new Check(text);
  return { nodes: check.program(program), mistakes: check.mistakes, macroCalls: check.macroCalls };
}

/** One walk over what Handlebars has parsed: what is wrong is listed and left out. */
class Check {
  readonly mistakes: TemplateMistake[] = [];
  readonly macroCalls: MacroCall[] = [];
  private readonly starts: readonly number[];

  constructor(private readonly text: string) {
    this.starts = lineStarts(text);
  }

  /** An empty list for the side of a block that is not there. */
  program(program: hbs.AST.Program | undefined): readonly TemplateNode[] {
    return (program?.body ?? []).flatMap((statement) => this.statement(statement));
  }

  private statement(statement: hbs.AST.Statement): readonly TemplateNode[] {
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
        return this.macro(statement as hbs.AST.PartialStatement);
      default:
        this.mistake(
          statement,
          'inline macros and macro blocks are not part of chat-etl',
          'put a file into sql/macros',
        );
        return [];
    }
  }

  private content(statement: hbs.AST.ContentStatement): readonly TemplateNode[] {
    const { value } = statement;
    if (value === '') return [];
    // Handlebars takes white space off beside blocks and `~`: look for what is left.
    const found = this.text.indexOf(value, this.offset(statement));
    return [{ kind: 'text', text: value, offset: found < 0 ? this.offset(statement) : found }];
  }

  private mustache(statement: hbs.AST.MustacheStatement): readonly TemplateNode[] {
    const { path } = statement;
    const isName = path.type === 'PathExpression' && !signatures.has((path as hbs.AST.PathExpression).original);
    const isBare = isName && statement.params.length === 0 && (statement.hash?.pairs ?? []).length === 0;
    const value = isBare ? this.name(path as hbs.AST.PathExpression) : this.call(statement);
    return value === undefined ? [] : [{ kind: 'value', value, offset: this.offset(statement) }];
  }

  private block(statement: hbs.AST.BlockStatement): readonly TemplateNode[] {
    const name = statement.path.original;
    const isKnown = isBlockName(name);
    if (!isKnown) {
      const hint = didYouMean(name, blockNames) ?? `blocks are: ${[...blockNames].join(', ')}`;
      this.mistake(statement, `no block is called '${name}'`, hint);
    }
    const wrongCount = argumentCountProblem(name, statement.params.length);
    if (isKnown && wrongCount !== undefined) this.mistake(statement, wrongCount);
    for (const pair of statement.hash?.pairs ?? []) this.noSuchArgument(name, pair);
    // Also what is left out is looked through for mistakes.
    const body = this.program(statement.program);
    const otherwise = this.program(statement.inverse);
    const [argument] = statement.params.map((param) => this.argument(param));
    if (!isKnown || wrongCount !== undefined || argument === undefined) return [];
    const locals = statement.program?.blockParams ?? [];
    return [{ kind: 'block', block: name, argument, locals, body, otherwise }];
  }

  private macro(statement: hbs.AST.PartialStatement): readonly TemplateNode[] {
    if (statement.name.type !== 'PathExpression' || statement.params.length > 0) {
      this.mistake(statement, 'a macro is called by its name, with named arguments', '{{> name argument="value"}}');
      return [];
    }
    const name = statement.name.original;
    this.macroCalls.push({ name, offset: this.offset(statement) });
    const args = (statement.hash?.pairs ?? []).map(({ key, value }) => [key, this.argument(value)] as const);
    const call: TemplateNode = { kind: 'macro', name, args };
    // White space before a call that has its line to itself; the macro's other lines are not indented by it.
    const { indent } = statement;
    if (indent === '') return [call];
    return [{ kind: 'text', text: indent, offset: this.offset(statement) - indent.length }, call];
  }

  private call(node: Call): CallNode | undefined {
    const helper = String(node.path.type === 'PathExpression' ? (node.path as hbs.AST.PathExpression).original : '');
    const args = node.params.map((param) => this.argument(param));
    if (!signatures.has(helper)) {
      const hint = didYouMean(helper, signatures.keys()) ?? "SQL's own functions are written without {{…}}";
      this.mistake(node.path, `no helper is called '${helper}'`, hint);
      return undefined;
    }
    const wrongCount = argumentCountProblem(helper, args.length);
    if (wrongCount !== undefined) this.mistake(node, wrongCount);
    const unknown = (node.hash?.pairs ?? []).filter((pair) => !this.namedArgument(helper, args, pair));
    for (const pair of unknown) this.noSuchArgument(helper, pair);
    if (wrongCount !== undefined || unknown.length > 0) return undefined;
    return { kind: 'call', helper, args, offset: this.offset(node.params[0] ?? node) };
  }

  /** An optional parameter may be given by its name: `before=27`. False where it cannot be. */
  private namedArgument(helper: string, args: ExpressionNode[], pair: hbs.AST.HashPair): boolean {
    if (signatures.get(helper)?.indexOf(`${pair.key}?`) !== args.length) return false;
    args.push(this.argument(pair.value));
    return true;
  }

  private argument(expression: hbs.AST.Expression): ExpressionNode {
    if (expression.type === 'SubExpression') {
      return this.call(expression as hbs.AST.SubExpression) ?? { kind: 'literal', value: '' };
    }
    if (expression.type !== 'PathExpression') return literal(expression);
    const path = expression as hbs.AST.PathExpression;
    // `{{date_key as_of}}` reads better than `{{date_key (as_of)}}`.
    if (signatures.get(path.original)?.length === 0) {
      return { kind: 'call', helper: path.original, args: [], offset: this.offset(path) };
    }
    return this.name(path);
  }

  private name(path: hbs.AST.PathExpression): NameNode {
    const { original: written, parts, depth, data: isData } = path;
    return {
      kind: 'name',
      written,
      parts,
      depth,
      isData,
      isScoped: /^(\.|this\b)/.test(written),
      offset: this.offset(path),
    };
  }

  private noSuchArgument(helper: string, pair: hbs.AST.HashPair): void {
    this.mistake(pair, `'${helper}' takes no argument called '${pair.key}'`);
  }

  private mistake(node: hbs.AST.Node, message: string, hint?: string): void {
    this.mistakes.push({ offset: this.offset(node), message, hint });
  }

  private offset(node: hbs.AST.Node): number {
    return (this.starts[node.loc.start.line - 1] ?? 0) + node.loc.start.column;
  }
}

/** `undefined` and `null` have no value of their own in what Handlebars gives. */
function literal(expression: hbs.AST.Expression): LiteralNode {
  const value = (expression as hbs.AST.StringLiteral | hbs.AST.NumberLiteral | hbs.AST.BooleanLiteral).value;
  return { kind: 'literal', value: expression.type === 'NullLiteral' ? null : value };
}

function isBlockName(name: string): name is BlockName {
  return blockNames.has(name);
}
