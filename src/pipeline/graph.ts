/** Who reads whom: unknown names, circles and the order of steps. */
import { errorAt } from '../config/problems.js';
import type { Place, Problem } from '../errors.js';
import type { Inspected } from './compile.js';
import type { Definition } from './parse.js';
import { tableHint } from './rules.js';
import type { Source } from './types.js';

export interface Graph {
  /** Table names in dependency order: sources first, then models, each after what it reads, else as in the files. */
  readonly order: readonly string[];
  /** Table name -> tables it reads, those that are there. */
  readonly upstreams: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly Problem[];
}

export function makeGraph(sources: readonly Definition<Source>[], models: readonly Inspected[]): Graph {
  const sourceTables = sources.map(({ step }) => step.table);
  const tables = new Set([...sourceTables, ...models.map(({ model }) => model.table)]);
  const upstreams = new Map<string, readonly string[]>(sourceTables.map((table) => [table, []]));
  const problems: Problem[] = [];
  const places = new Map<string, ReadonlyMap<string, Place>>();
  for (const { model, inspected } of models) {
    const reads = new Map(
      [...(inspected?.refs ?? []), ...(inspected?.deltas ?? [])].map((use) => [use.name, use.where]),
    );
    for (const [name, where] of reads) {
      if (tables.has(name)) continue;
      problems.push(errorAt(where, `no table is called '${name}'`, tableHint(name, tables)));
      reads.delete(name);
    }
    places.set(model.table, reads);
    upstreams.set(model.table, [...reads.keys()]);
  }
  const { order, circles } = sort(upstreams);
  for (const circle of circles) {
    const [first = '', second = first] = circle;
    const where = places.get(first)?.get(second);
    const message = `these tables read each other in a circle: ${circle.join(' -> ')}`;
    problems.push({ severity: 'error', message, ...(where === undefined ? {} : { where }) });
  }
  return { order, upstreams, problems };
}

/** Depth first in the order of the map; a circle is given as its path, the first table again at the end. */
function sort(upstreams: ReadonlyMap<string, readonly string[]>): {
  readonly order: readonly string[];
  readonly circles: readonly (readonly string[])[];
} {
  const order: string[] = [];
  const circles: (readonly string[])[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const onPath = new Set<string>();
  const visit = (table: string): void => {
    if (done.has(table)) return;
    if (onPath.has(table)) {
      circles.push([...path.slice(path.indexOf(table)), table]);
      return;
    }
    path.push(table);
    onPath.add(table);
    for (const upstream of upstreams.get(table) ?? []) visit(upstream);
    path.pop();
    onPath.delete(table);
    done.add(table);
    order.push(table);
  };
  for (const table of upstreams.keys()) visit(table);
  return { order, circles };
}
