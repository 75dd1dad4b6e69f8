/** Where and what is wrong in a template that Handlebars cannot parse. Its messages speak of grammar tokens; these do not. */
import Handlebars from 'handlebars';
import { lineStarts } from './lines.js';

/** A mistake at an offset of a template's text. */
export interface TemplateMistake {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** The lexer of Handlebars' parser, as it stands after a failed parse. */
interface Lexer {
  readonly matched: string;
  readonly match: string;
}

/** Must be called right after the parse that threw `error`: the parser is one for all and remembers its last place. */
export function syntaxMistake(text: string, error: unknown): TemplateMistake {
  const { message, lineNumber, column } = error as { message: string; lineNumber?: number; column?: number };
  if (lineNumber !== undefined) {
    return { offset: (lineStarts(text)[lineNumber - 1] ?? 0) + (column ?? 0), message: tidy(message) };
  }
  const { lexer } = (Handlebars as unknown as { Parser: { lexer: Lexer } }).Parser;
  const offset = message.startsWith('Lexical error') ? lexer.matched.length : lexer.matched.length - lexer.match.length;
  const got = / got '(\w+)'$/.exec(message)?.[1] ?? 'INVALID';
  const quote = openQuote(text, offset);
  if (quote !== undefined) return { offset: quote, message: 'a quote is not closed in this {{…}}' };

  const opening = text.lastIndexOf('{{', offset - 1);
  const inside = opening >= 0 && !text.slice(opening, offset).includes('}}');
  if (inside && ['OPEN', 'INVALID', 'EOF'].includes(got)) return unclosedMustache(text, opening, offset);
  if (got === 'EOF') return unclosedBlock(text) ?? { offset, message: 'the template ends too early' };
  if (got === 'OPEN_ENDBLOCK') return { offset, message: 'this closes a block that is not open' };
  if (got === 'INVERSE') return { offset, message: '{{else}} can stand only once, and inside a block' };
  if (got === 'CLOSE') return { offset, message: `'}}' comes too early: a name or value is missing before it` };
  return { offset, message: `unexpected '${lexer.match}' in a {{…}}` };
}

/** The first `{{…}}` up to an offset in which a quote is not closed; a text may be quoted by `"` or `'`. */
function openQuote(text: string, offset: number): number | undefined {
  for (const { 0: mustache, index } of text.matchAll(/\{\{(?!!)(?:(?!\}\})[^\r\n])*/g)) {
    if (index <= offset && /["']/.test(mustache.replace(/"[^"]*"|'[^']*'/g, ''))) return index;
  }
  return undefined;
}

function unclosedMustache(text: string, opening: number, offset: number): TemplateMistake {
  const [rest = ''] = text.slice(offset).split(/\r|\n/, 1);
  const [character = ''] = rest;
  const ends = rest.indexOf('}}');
  const closed = ends >= 0 && !rest.slice(0, ends).includes('{{');
  if (!closed || character === '}') return { offset: opening, message: "this '{{' is not closed by '}}'" };
  return { offset, message: `'${character}' cannot stand in a {{…}}`, hint: 'write SQL expressions in quotes' };
}

/** The innermost block that was opened and not closed. */
function unclosedBlock(text: string): TemplateMistake | undefined {
  const open: { readonly name: string; readonly offset: number }[] = [];
  for (const match of text.matchAll(/\{\{~?([#/])\s*([\w-]+)/g)) {
    if (match[1] === '#') open.push({ name: match[2] ?? '', offset: match.index });
    else open.pop();
  }
  const last = open.at(-1);
  if (last === undefined) return undefined;
  return { offset: last.offset, message: `this block is not closed by '{{/${last.name}}}'` };
}

/** Handlebars' sentence without the position at its end. */
function tidy(message: string): string {
  return message.replace(/ - \d+:\d+$/, '').replace(/^(\w+) doesn't match (\w+)$/, "'{{#$1}}' is closed by '{{/$2}}'");
}
