/** The language of `--select` and `--exclude`: `+fact_message tag:daily,pipeline:metrics` as data. */
import { EtlError } from '../errors.js';
import { didYouMean } from '../nearest.js';

export const selectorMethods = ['tag', 'pipeline', 'source'] as const;

/** `name`: tables; `changed`: those whose definition differs from that of their last success. */
export type SelectorMethod = (typeof selectorMethods)[number] | 'name' | 'changed';

/** One term: what it names, and how far up and down the graph it reaches. */
export interface SelectorTerm {
  readonly method: SelectorMethod;
  /** A name, or a glob with `*` and `?`; empty for `changed`. */
  readonly pattern: string;
  /** Generations of upstreams that come along: 0 none, Infinity all. */
  readonly up: number;
  /** Generations of downstreams that come along. */
  readonly down: number;
  readonly where: SelectorPlace;
}

/** Where a term stands, for mistakes. */
export interface SelectorPlace {
  readonly flag: string;
  readonly expression: string;
  /** Of the term's first character, from 1. */
  readonly column: number;
}

/** Alternatives; within each, all terms must hold. */
export type Selector = readonly (readonly SelectorTerm[])[];

/** Blanks separate alternatives, commas what must hold together. Errors: USAGE, with the place in the expression. */
export function parseSelector(flag: string, expression: string): Selector {
  const words = [...expression.matchAll(/\S+/g)].map((match) => ({ text: match[0], column: match.index + 1 }));
  if (words.length === 0) throw new EtlError('USAGE', `${flag}: it is empty`, { hint: syntaxHint });
  return words.map((word) => {
    let column = word.column;
    return word.text.split(',').map((text) => {
      const term = parseTerm(text, { flag, expression, column });
      column += text.length + 1;
      return term;
    });
  });
}

/** The glob as a condition on a whole name. */
export function matcherOf(pattern: string): (name: string) => boolean {
  const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, (sign) => globSigns[sign] ?? `\\${sign}`);
  const expression = new RegExp(`^${source}$`);
  return (name) => expression.test(name);
}

export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** A mistake in an expression, with its place. */
export function selectorError(where: SelectorPlace, message: string, hint: string | undefined): EtlError {
  const { flag, expression, column } = where;
  return new EtlError('USAGE', `${flag} '${expression}', column ${column}: ${message}`, { hint });
}

const globSigns: Readonly<Record<string, string>> = { '*': '.*', '?': '.' };

const syntaxHint =
  'e.g. fact_message, stg_*, +name, name+, 2+name, tag:daily, pipeline:facts, source:messages, changed; a blank is or, a comma is and';

function parseTerm(text: string, where: SelectorPlace): SelectorTerm {
  if (text === '') {
    throw selectorError(
      where,
      'there is nothing on this side of the comma',
      'a comma stands between two terms, without blanks',
    );
  }
  const [, up, named = '', down] = /^(?:(\d*)\+)?(.*?)(?:\+(\d*))?$/.exec(text) ?? [];
  const reach = { up: generations(up), down: generations(down), where };
  if (named === '') throw selectorError(where, `'${text}' names nothing`, syntaxHint);
  if (named.includes('+')) throw selectorError(where, `'${text}' has a + in the middle`, syntaxHint);
  if (named === 'changed') return { method: 'changed', pattern: '', ...reach };
  const colon = named.indexOf(':');
  if (colon < 0) return { method: 'name', pattern: named, ...reach };
  const word = named.slice(0, colon);
  const method = selectorMethods.find((known) => known === word);
  if (method === undefined) {
    throw selectorError(where, `there is no '${word}:'`, didYouMean(word, selectorMethods) ?? syntaxHint);
  }
  const pattern = named.slice(colon + 1);
  if (pattern === '') throw selectorError(where, `'${word}:' lacks a name`, syntaxHint);
  return { method, pattern, ...reach };
}

/** `+` alone is without end. */
function generations(count: string | undefined): number {
  if (count === undefined) return 0;
  return count === '' ? Number.POSITIVE_INFINITY : Number(count);
}
