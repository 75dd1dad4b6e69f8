/** One YAML file with the position of everything in it. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { Place, Problem } from '../errors.js';
import { errorAt } from './problems.js';

export type YamlPath = readonly (string | number)[];

/** Where the keys and values of a tree were written. A path that is not there gives its nearest ancestor's place. */
export interface Places {
  keyAt(path: YamlPath): Place;
  valueAt(path: YamlPath): Place;
}

export interface YamlFile extends Places {
  /** Relative to the project's root. */
  readonly path: string;
  readonly text: string;
  /** The file as plain values; undefined where its syntax is broken. */
  readonly value: unknown;
  /** Mistakes of syntax and keys written twice. */
  readonly problems: readonly Problem[];
  has(path: YamlPath): boolean;
  /** True for a scalar written without quotes, which YAML itself would read as a number or boolean. */
  isUnquoted(path: YamlPath): boolean;
}

/** Parses a file; never throws. `path` is relative to the project's root and goes into every place. */
export function parseYamlFile(path: string, text: string): YamlFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, strict: true });
  const find = finder(document);
  const placeOf = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { path, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const place = (wanted: YamlPath, of: 'key' | 'value'): Place => {
    for (let length = wanted.length; length > 0; length--) {
      const found = find(wanted.slice(0, length));
      if (found !== undefined)
        return placeOf(startOf(of === 'key' ? (found.key ?? found.value) : (found.value ?? found.key)));
    }
    return placeOf(startOf(document.contents));
  };
  const problems = syntaxProblems(document.errors, text, placeOf);
  const broken = document.errors.some((error) => error.code !== 'DUPLICATE_KEY');
  return {
    path,
    text,
    value: broken ? undefined : document.toJS({ maxAliasCount: 1000 }),
    problems,
    keyAt: (wanted) => place(wanted, 'key'),
    valueAt: (wanted) => place(wanted, 'value'),
    has: (wanted) => find(wanted) !== undefined,
    isUnquoted: (wanted) => {
      const value = find(wanted)?.value;
      return isScalar(value) && value.type === 'PLAIN';
    },
  };
}

interface Found {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

/** Walks to a path; the keys of each mapping are indexed when it is first asked, so that large files stay fast. */
function finder(document: Document): (path: YamlPath) => Found | undefined {
  const indexes = new WeakMap<YAMLMap, Map<string, Pair>>();
  const pairOf = (map: YAMLMap, key: string): Pair | undefined => {
    let index = indexes.get(map);
    if (index === undefined) {
      index = new Map(map.items.map((pair) => [String(isScalar(pair.key) ? pair.key.value : pair.key), pair]));
      indexes.set(map, index);
    }
    return index.get(key);
  };
  return (path) => {
    let found: Found = { key: undefined, value: document.contents ?? undefined };
    for (const segment of path) {
      const parent = isAlias(found.value) ? found.value.resolve(document) : found.value;
      if (isMap(parent)) {
        const pair = pairOf(parent, String(segment));
        if (pair === undefined) return undefined;
        found = { key: nodeOrNothing(pair.key), value: nodeOrNothing(pair.value) };
      } else if (isSeq(parent)) {
        const item = nodeOrNothing(parent.items[Number(segment)]);
        if (item === undefined) return undefined;
        found = { key: item, value: item };
      } else {
        return undefined;
      }
    }
    return found;
  };
}

function nodeOrNothing(value: unknown): Node | undefined {
  return isNode(value) ? value : undefined;
}

function startOf(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0;
}

const syntaxHints: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: "text with ': ' in it must stand in quotes; a nested key must start on a line of its own",
  BAD_INDENT: 'the keys of one mapping start in the same column, and nested ones further right',
  TAB_AS_INDENT: 'indent with spaces',
  BAD_SCALAR_START: 'text that starts with a special character must stand in quotes',
  UNEXPECTED_TOKEN: 'text with one of { } [ ] , : # in it must stand in quotes',
  MULTILINE_IMPLICIT_KEY: "is a ':' missing after the key, or a quote at the end of a text?",
};

/** One problem a line: what follows on the same line is noise of the first. */
function syntaxProblems(
  errors: readonly YAMLError[],
  text: string,
  placeOf: (offset: number) => Place,
): readonly Problem[] {
  const byLine = new Map<number, Problem>();
  for (const error of errors) {
    const where = placeOf(firstVisible(text, error.pos[0]));
    if (byLine.has(where.line)) continue;
    const message =
      error.code === 'DUPLICATE_KEY'
        ? `the key '${keyText(text, error.pos[0])}' is there twice`
        : lowerFirst(error.message);
    byLine.set(where.line, errorAt(where, message, hintFor(error)));
  }
  return [...byLine.values()];
}

function hintFor(error: YAMLError): string | undefined {
  return error.message.startsWith('Flow') ? 'is a closing } or ] missing?' : syntaxHints[error.code];
}

/** A mistake of indentation is told at the line's start, one at the end after the last line; the eye looks where text is. */
function firstVisible(text: string, offset: number): number {
  const end = text.trimEnd().length;
  if (offset >= end) return end;
  return offset + (/^[ ]*/.exec(text.slice(offset, offset + 200))?.[0].length ?? 0);
}

function keyText(text: string, offset: number): string {
  return /^["']?([^"':\n]*)/.exec(text.slice(offset, offset + 200))?.[1]?.trim() ?? '';
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
