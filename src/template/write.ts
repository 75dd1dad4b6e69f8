/** Writes a parsed template as Handlebars would, with the place of every character. */
import { call, givenName, printedName, type Rendering } from './helpers.js';
import type { BlockName, BlockNode, ExpressionNode, MacroNode, TemplateNode, ValueNode } from './nodes.js';
import { parseTemplate } from './parse.js';
import { innerScope, lookUp, macroScope, type Scope, withData } from './scope.js';

export function writeNodes(nodes: readonly TemplateNode[], scope: Scope, rendering: Rendering): void {
  for (const node of nodes) writeNode(node, scope, rendering);
}

function writeNode(node: TemplateNode, scope: Scope, rendering: Rendering): void {
  const { pieces, file } = rendering;
  if (node.kind === 'text') pieces.copy(file, node.offset, node.text);
  else if (node.kind === 'value') pieces.write(file, node.offset, textOf(node, scope, rendering));
  else if (node.kind === 'block') writeBlock(node, scope, rendering);
  else writeMacro(node, scope, rendering);
}

function textOf({ value }: ValueNode, scope: Scope, rendering: Rendering): string {
  if (value.kind === 'name') return printedName(rendering, value, lookUp(scope, value));
  return String(evaluate(value, scope, rendering) ?? '');
}

function evaluate(expression: ExpressionNode, scope: Scope, rendering: Rendering): unknown {
  if (expression.kind === 'literal') return expression.value;
  if (expression.kind === 'name') return givenName(rendering, expression, lookUp(scope, expression));
  const args = expression.args.map((arg) => evaluate(arg, scope, rendering));
  return call(rendering, expression, args);
}

function writeBlock(node: BlockNode, scope: Scope, rendering: Rendering): void {
  const rounds = roundsOf(node, evaluate(node.argument, scope, rendering), scope);
  for (const round of rounds) writeNodes(node.body, round, rendering);
  if (rounds.length === 0) writeNodes(node.otherwise, scope, rendering);
}

/** What is known inside of a block, each time that it is written. */
function roundsOf({ block, locals }: BlockNode, value: unknown, scope: Scope): readonly Scope[] {
  if (block === 'each') {
    return entriesOf(value).map(([key, item], index, { length }) => {
      const data = { key, index, first: index === 0, last: index === length - 1 };
      return withData(innerScope(scope, item, named(locals, [item, key])), data);
    });
  }
  if (isSet(value, block) === (block === 'unless')) return [];
  return [block === 'with' ? innerScope(scope, value, named(locals, [value])) : scope];
}

function named(names: readonly string[], values: readonly unknown[]): readonly (readonly [string, unknown])[] {
  return names.map((name, index) => [name, values[index]]);
}

/** What a block takes for true; 0 is something to go into, but not true. */
function isSet(value: unknown, block: BlockName): boolean {
  if (value === 0) return block === 'with';
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** Keys and values to loop over; the keys of a list are numbers. */
function entriesOf(value: unknown): readonly (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return [...value.entries()];
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** A macro that is not there, or cannot be parsed, has been reported. */
function writeMacro({ name, args }: MacroNode, scope: Scope, rendering: Rendering): void {
  const file = rendering.environment.macros.get(name);
  if (file === undefined) return;
  rendering.macros.add(name);
  const given = Object.fromEntries(args.map(([arg, value]) => [arg, evaluate(value, scope, rendering)]));
  rendering.files.push(file);
  writeNodes(parseTemplate(file.text).nodes ?? [], macroScope(scope, given), rendering);
  rendering.files.pop();
}
