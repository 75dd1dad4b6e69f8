/** The tables that a selector names, with their relatives in the graph. */
import { nearestHint } from '../config/nearest.js';
import type { ChangedTables } from './select.js';
import { isGlob, matcherOf, type Selector, type SelectorTerm, selectorError } from './selector.js';
import type { Project, Step } from './types.js';

/** Errors: USAGE where a term names nothing that is there. */
export function chosenBy(project: Project, alternatives: Selector, changed: ChangedTables): ReadonlySet<string> {
  const chosen = new Set<string>();
  for (const terms of alternatives) {
    const [first, ...rest] = terms.map((term) => reachOf(project, term, changed));
    for (const table of first ?? []) if (rest.every((other) => other.has(table))) chosen.add(table);
  }
  return chosen;
}

function reachOf(project: Project, term: SelectorTerm, changed: ChangedTables): ReadonlySet<string> {
  const named = namedBy(project, term, changed);
  return new Set([
    ...named,
    ...relatives(named, term.up, (table) => project.upstreams.get(table) ?? []),
    ...relatives(named, term.down, (table) => downstreamsOf(project, table)),
  ]);
}

/** Tables that read this one. */
export function downstreamsOf(project: Project, table: string): readonly string[] {
  return project.order.filter((other) => project.upstreams.get(other)?.includes(table));
}

/** What is met in this many generations, the first ones left out. */
function relatives(
  tables: ReadonlySet<string>,
  generations: number,
  next: (table: string) => readonly string[],
): ReadonlySet<string> {
  const met = new Set<string>();
  let generation: readonly string[] = [...tables];
  for (let count = 0; count < generations && generation.length > 0; count++) {
    generation = [...new Set(generation.flatMap(next))].filter((table) => !met.has(table));
    for (const table of generation) met.add(table);
  }
  return met;
}

function namedBy(project: Project, term: SelectorTerm, changed: ChangedTables): ReadonlySet<string> {
  if (term.method === 'changed') return changed();
  const matches = matcherOf(term.pattern);
  const names = namesFor(project, term.method);
  const found = names.filter(([name]) => matches(name));
  if (found.length > 0) return new Set(found.map(([, table]) => table));
  throw selectorError(term.where, nothingFound(term), hintFor(project, term, names));
}

/** What the terms of a method can name, each with its table. */
function namesFor(project: Project, method: Exclude<SelectorTerm['method'], 'changed'>): readonly [string, string][] {
  const steps = stepsOf(project);
  switch (method) {
    case 'name':
      return steps.map(({ table }) => [table, table]);
    case 'tag':
      return steps.flatMap(({ table, tags }) => tags.map((tag): [string, string] => [tag, table]));
    case 'pipeline':
      return steps.map(({ table, pipeline }) => [pipeline, table]);
    case 'source':
      return [...project.sources.values()].map(({ name, table }) => [name, table]);
  }
}

function stepsOf(project: Project): readonly Step[] {
  return [...project.sources.values(), ...[...project.models.values()].map(({ model }) => model)];
}

function nothingFound({ method, pattern }: SelectorTerm): string {
  const noun = { name: 'table', tag: 'tag', pipeline: 'pipeline', source: 'source', changed: 'table' }[method];
  return isGlob(pattern) ? `no ${noun} matches '${pattern}'` : `no ${noun} is called '${pattern}'`;
}

function hintFor(
  project: Project,
  { method, pattern }: SelectorTerm,
  names: readonly [string, string][],
): string | undefined {
  const source = [...project.sources.values()].find(({ name }) => name === pattern);
  if (method === 'name' && source !== undefined) return `the source is source:${pattern}, its table ${source.table}`;
  if (names.length === 0 && method === 'tag') return 'no source or model has `tags` yet';
  return nearestHint(pattern, new Set(names.map(([name]) => name)));
}
