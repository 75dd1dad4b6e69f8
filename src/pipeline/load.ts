/** Reads and checks a project: files -> YAML -> templates -> graph -> rules. */
import { deepFreeze } from '../config/freeze.js';
import { definitionError, hasErrors, withSourceLines } from '../config/problems.js';
import type { Config } from '../config/types.js';
import type { Capabilities, Dialect } from '../engines/contract.js';
import type { Problem } from '../errors.js';
import type { ColumnsRead } from './columns-read.js';
import { type Inspected, inspectModel } from './compile.js';
import { erasureRules } from './deleted-rules.js';
import { deltaRules } from './delta-rules.js';
import { type ProjectFiles, readProjectFiles } from './files.js';
import { type Graph, makeGraph } from './graph.js';
import { type Definition, type ParsedPipeline, parsePipeline } from './parse.js';
import { partitionRules } from './partition-rules.js';
import { modelRules, nameRules, referenceRules } from './rules.js';
import { sourceRules } from './source-rules.js';
import { checkSqlRules, type InspectSql, type SqlCheck } from './sql-rules.js';
import { type InspectedTests, inspectSqlTests, withSqlTests } from './sql-tests.js';
import { testRules } from './test-rules.js';
import type { CompiledModel, Project, Source } from './types.js';

/** What the check must know of the warehouse's engine; all of it data and text, no driver. */
export interface CompileOptions {
  readonly engine: string;
  readonly strategies: Capabilities['strategies'];
  readonly dialect: Dialect;
  /** A parser of SQL, for the rules over a model's statement; without it they are left out. */
  readonly inspectSql?: InspectSql;
}

export interface ProjectCheck {
  /** Present where there is no error. */
  readonly project?: Project;
  /** What the files say, mistakes or not, for checks that need more than the files. */
  readonly definitions: Definitions;
  readonly problems: readonly Problem[];
}

export interface Definitions {
  readonly sources: readonly Definition<Source>[];
  readonly models: readonly Inspected[];
  /** As the YAML gave it -> with its template, of those that are SQL files without mistakes. */
  readonly sqlTests: InspectedTests['tests'];
  readonly graph: Graph;
  readonly macros: ProjectFiles['macros'];
  /** Tables whose own definition or SQL has mistakes: what follows from it would be an echo. */
  readonly mistaken: ReadonlySet<string>;
  /** The text of each file, by its path in places. */
  readonly texts: ReadonlyMap<string, string>;
}

/** The frozen project. Throws DEFINITION with all problems where there is any error. */
export async function loadProject(config: Config, options: CompileOptions): Promise<Project> {
  const { project, problems } = await checkProject(config, options);
  if (project === undefined) throw definitionError(problems);
  return project;
}

/** The project and all its mistakes, warnings among them. Throws only where a file cannot be read (IO). */
export async function checkProject(
  config: Config,
  options: CompileOptions,
  files: ProjectFiles = readProjectFiles(config.root),
): Promise<ProjectCheck> {
  const parsed = [...files.pipelines].map(([path, text]) => parsePipeline(path, text, config.timezone));
  const pipelines = parsed.flatMap((result) => result.parsed ?? []);
  const sources = pipelines.flatMap((pipeline) => pipeline.sources);
  const modelDefinitions = pipelines.flatMap((pipeline) => pipeline.models);
  const { engine, dialect } = options;
  const models = modelDefinitions.map((definition) => inspectModel(definition, { config, files, engine, dialect }));
  const graph = makeGraph(sources, models);
  const sqlTests = inspectSqlTests([...sources, ...modelDefinitions], { config, files, engine, dialect }, graph);
  const sqlChecks = await Promise.all(models.map((model) => checkSql(model, options)));
  const sqlProblems = sqlChecks.map(({ problems }) => problems);
  const sourceProblems = sources.map(sourceRules);
  const texts = textsOf(files);

  // Names of a file that cannot be read are unknown only because of that.
  const complete = parsed.every((result) => result.parsed !== undefined);
  const problems = withSourceLines(
    [
      ...noPipelines(files),
      ...parsed.flatMap((result) => result.problems),
      ...nameRules(pipelines),
      ...sourceProblems.flat(),
      ...modelDefinitions.flatMap((definition) => modelRules(definition, options.strategies)),
      ...[...sources, ...modelDefinitions].flatMap(testRules),
      ...models.flatMap((model) => model.problems),
      ...(complete ? sqlTests.problems : []),
      ...(complete ? [...referenceRules([...sources, ...modelDefinitions], config), ...graph.problems] : []),
      ...deltaRules(sources, models),
      ...partitionRules(sources, models),
      ...erasureRules(sources, models),
      ...sqlProblems.flat(),
    ],
    texts,
  );
  const mistaken = new Set([
    ...sources
      .filter(({ sound }, index) => !sound || hasErrors(sourceProblems[index] ?? []))
      .map(({ step }) => step.table),
    ...models.filter((model, index) => !isPlannable(model, graph) || hasErrors(sqlProblems[index] ?? [])).map(tableOf),
  ]);
  const { tests } = sqlTests;
  const definitions = { sources, models, sqlTests: tests, graph, macros: files.macros, mistaken, texts };
  if (hasErrors(problems)) return { definitions, problems };
  const columnsRead = new Map(models.map((model, index) => [model.model.table, sqlChecks[index]?.columnsRead ?? {}]));
  return {
    project: makeProject(config, files, pipelines, models, graph, sqlTests, columnsRead),
    definitions,
    problems,
  };
}

/** True where there is SQL that reads tables which are there. */
function isPlannable({ definition, inspected }: Inspected, { upstreams }: Graph): boolean {
  if (!definition.sound || inspected?.rendered === undefined) return false;
  return [...inspected.refs, ...inspected.deltas].every(({ name }) => upstreams.has(name));
}

function tableOf({ model }: Inspected): string {
  return model.table;
}

async function checkSql({ definition, model, inspected }: Inspected, options: CompileOptions): Promise<SqlCheck> {
  // A seed's SQL is not the user's.
  if (inspected === undefined || definition.kind === 'seeds') return { problems: [], columnsRead: {} };
  return checkSqlRules(model, inspected, options.inspectSql);
}

function makeProject(
  config: Config,
  files: ProjectFiles,
  pipelines: readonly ParsedPipeline[],
  models: readonly Inspected[],
  graph: Graph,
  sqlTests: InspectedTests,
  columnsRead: ReadonlyMap<string, ColumnsRead>,
): Project {
  const compiled = new Map(
    models
      .flatMap((model) =>
        compile({ ...model, model: withSqlTests(model.model, sqlTests) }, columnsRead.get(model.model.table)),
      )
      .map((model) => [model.model.table, model]),
  );
  const finished = pipelines.map(({ pipeline }) => ({
    ...pipeline,
    sources: pipeline.sources.map((source) => withSqlTests(source, sqlTests)),
    models: pipeline.models.map((model) => compiled.get(model.table)?.model ?? model),
  }));
  return deepFreeze({
    root: config.root,
    pipelines: finished,
    sources: new Map(finished.flatMap(({ sources }) => sources).map((source) => [source.table, deepFreeze(source)])),
    models: compiled,
    order: graph.order,
    upstreams: graph.upstreams,
    macros: files.macros,
  });
}

/** A model with its template; none where there is no file. */
export function compile({ model, inspected }: Inspected, columnsRead: ColumnsRead = {}): readonly CompiledModel[] {
  if (inspected === undefined) return [];
  const deltas = inspected.deltas.map(({ name }) => name);
  const refs = inspected.refs.map(({ name }) => name).filter((name) => !deltas.includes(name));
  const { usesAsOf, template } = inspected;
  return [deepFreeze({ model, refs, deltas, columnsRead, usesAsOf, template })];
}

function noPipelines(files: ProjectFiles): readonly Problem[] {
  if (files.pipelines.size > 0) return [];
  const hint = '`chat-etl init FOLDER` makes a project with one';
  return [{ severity: 'error', message: 'there are no pipelines: no file pipelines/*.yaml', hint }];
}

function textsOf(files: ProjectFiles): ReadonlyMap<string, string> {
  return new Map([
    ...files.pipelines,
    ...[...files.sql].map(([name, text]) => [`sql/${name}`, text] as const),
    ...[...files.macros.values()].map(({ path, text }) => [path, text] as const),
    ...files.seeds,
  ]);
}
