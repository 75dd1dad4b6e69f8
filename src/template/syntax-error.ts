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
  const got = / got '(\w+)'$/.exec(message)?.[1];
  if (got === 'EOF') return unclosedBlock(text) ?? { offset, message: 'the template ends too early' };

  const opening = text.lastIndexOf('{{', offset - 1);
  const inside = opening >= 0 && !text.slice(opening, offset).includes('}}');
  if (inside && (got === 'OPEN' || got === 'INVALID' || message.startsWith('Lexical error'))) {
    return unclosedMustache(text, opening, offset);
  }
  if (got === 'OPEN_ENDBLOCK') return { offset, message: 'this closes a block that is not open' };
  if (got === 'INVERSE') return { offset, message: '{{else}} can stand only once, and inside a block' };
  if (got === 'CLOSE') return { offset, message: `'}}' comes too early: a name or value is missing before it` };
  return { offset, message: `unexpected '${lexer.match}' in a {{…}}` };
}

function unclosedMustache(text: string, opening: number, offset: number): TemplateMistake {
  const quotes = text.slice(opening, lineEndAfter(text, opening)).match(/["']/g) ?? [];
  if (quotes.length % 2 === 1) return { offset: opening, message: 'a quote is not closed in this {{…}}' };
  const next = text.slice(offset, offset + 1);
  const closes = text.slice(offset, lineEndAfter(text, offset)).indexOf('}}');
  const reopens = text.slice(offset, lineEndAfter(text, offset)).indexOf('{{');
  if (next !== '' && next !== '{' && next !== '}' && closes >= 0 && (reopens < 0 || closes < reopens)) {
    return { offset, message: `'${next}' cannot stand in a {{…}}`, hint: 'write SQL expressions in quotes' };
  }
  return { offset: opening, message: "this '{{' is not closed by '}}'" };
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

function lineEndAfter(text: string, offset: number): number {
  const end = text.slice(offset).search(/\r|\n/);
  return end < 0 ? text.length : offset + end;
}

/** Handlebars' sentence without the position at its end. */
function tidy(message: string): string {
  return message.replace(/ - \d+:\d+$/, '').replace(/^(\w+) doesn't match (\w+)$/, "'{{#$1}}' is closed by '{{/$2}}'");
}
