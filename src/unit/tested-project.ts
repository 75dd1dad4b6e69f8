/** The part of a project that a test runs: what it gives stands in the place of sources, and of models with all above them. */
import type { CompiledModel, Project, Source } from '../pipeline/types.js';
import type { GivenShape } from './shapes.js';
import type { UnitTest } from './types.js';

/** Tables of which a test gives rows in some step. */
export function givenTables({ steps }: UnitTest): ReadonlySet<string> {
  return new Set(steps.flatMap(({ given, removed }) => [...given, ...removed]).map(({ table }) => table));
}

/** What a test needs, in dependency order: the tables it looks at and all that these read, down to what is given. */
export function neededTables(project: Project, test: UnitTest): readonly string[] {
  const given = givenTables(test);
  const needed = new Set(test.steps.flatMap(({ expect }) => expect).map(({ table }) => table));
  // A set grows while it is walked.
  for (const table of needed) {
    if (!given.has(table)) for (const upstream of project.upstreams.get(table) ?? []) needed.add(upstream);
  }
  return project.order.filter((table) => needed.has(table) || given.has(table));
}

/** @param shapes of all tables that are read from what is given */
export function testedProject(project: Project, test: UnitTest, shapes: ReadonlyMap<string, GivenShape>): Project {
  const needed = neededTables(project, test);
  const isGiven = (table: string) => shapes.has(table);
  const sources = needed.flatMap((table) => {
    const shape = shapes.get(table);
    const source = project.sources.get(table) ?? sourceOf(project.models.get(table));
    return shape === undefined || source === undefined ? [] : [[table, asGiven(source, shape)] as const];
  });
  const models = needed.flatMap((table) => {
    const compiled = project.models.get(table);
    return compiled === undefined || isGiven(table) ? [] : [[table, withoutTests(compiled)] as const];
  });
  return {
    ...project,
    pipelines: [],
    sources: new Map(sources),
    models: new Map(models),
    order: needed,
    upstreams: new Map(needed.map((table) => [table, isGiven(table) ? [] : (project.upstreams.get(table) ?? [])])),
  };
}

/** Read whole from what is given, so that no cursor need move for a change to be seen. */
function asGiven(source: Source, shape: GivenShape): Source {
  const { include, exclude, rename, add } = source.columns;
  const isInTable = (name: string) => shape.columns.some((column) => column.name === name);
  const computed = Object.entries(add);
  return {
    ...source,
    connection: undefined,
    from: { table: shape.name },
    columns: {
      include: include && [...include, ...computed.map(([name]) => name).filter(isInTable)],
      exclude,
      rename,
      add: Object.fromEntries(computed.filter(([name]) => !isInTable(name))),
    },
    incremental: undefined,
    tests: [],
  };
}

/** A model as a source of its rows. */
function sourceOf(compiled: CompiledModel | undefined): Source | undefined {
  if (compiled === undefined) return undefined;
  const { table, pipeline, description, key, strategy, tags, where } = compiled.model;
  return {
    kind: 'source',
    name: table,
    table,
    pipeline,
    description,
    connection: undefined,
    from: { table },
    columns: { include: undefined, exclude: [], rename: {}, add: {} },
    key: strategy === 'view' || strategy === 'snapshot' ? [] : key,
    incremental: undefined,
    deletes: { policy: 'ignore' },
    deletedRows: 'remove',
    erase: undefined,
    retention: undefined,
    appendOnly: false,
    mayShrink: false,
    zeroDates: 'null',
    tests: [],
    tags,
    where,
  };
}

/** Data tests are for real data; here most columns are NULL. */
function withoutTests(compiled: CompiledModel): CompiledModel {
  return { ...compiled, model: { ...compiled.model, tests: [] } };
}
