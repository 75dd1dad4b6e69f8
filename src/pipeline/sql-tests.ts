/** Data tests that are SQL files of their own: what they read, and what is wrong with them. */
import { nearest } from '../config/nearest.js';
import { errorAt } from '../config/problems.js';
import type { Problem } from '../errors.js';
import { type InspectedTemplate, inspectTemplate } from '../template/inspect.js';
import type { CompileEnvironment } from './compile.js';
import type { SqlTest } from './data-test.js';
import type { ProjectFiles } from './files.js';
import type { Graph } from './graph.js';
import type { Definition } from './parse.js';
import { tableHint } from './rules.js';
import type { DataTest } from './types.js';

/** The tests with their templates, and what is wrong with these. */
export interface InspectedTests {
  /** As the YAML gave it -> with its template and what that reads. */
  readonly tests: ReadonlyMap<DataTest, SqlTest>;
  readonly problems: readonly Problem[];
}

export function inspectSqlTests(
  definitions: readonly Definition[],
  environment: CompileEnvironment,
  graph: Graph,
): InspectedTests {
  const tests = new Map<DataTest, SqlTest>();
  const problems: Problem[] = [];
  for (const definition of definitions) {
    for (const [index, test] of definition.step.tests.entries()) {
      if (test.kind !== 'sql') continue;
      problems.push(...keyRules(definition, test, index));
      const inspected = inspect(test, environment);
      if (inspected === undefined) {
        const place = definition.valueAt('tests', index, 'sql');
        problems.push(errorAt(place, `there is no file sql/${test.file}`, fileHint(test.file, environment.files)));
        continue;
      }
      problems.push(...inspected.problems, ...readRules(definition.step.table, inspected, graph));
      if (inspected.rendered === undefined) continue;
      const reads = inspected.refs.map(({ name }) => name);
      tests.set(test, { ...test, template: inspected.template, reads });
    }
  }
  return { tests, problems };
}

/** A source or model whose tests have their templates. */
export function withSqlTests<T extends { readonly tests: readonly DataTest[] }>(
  step: T,
  { tests }: Pick<InspectedTests, 'tests'>,
): T {
  return { ...step, tests: step.tests.map((test) => tests.get(test) ?? test) };
}

function inspect(test: SqlTest, { config, files, engine, dialect }: CompileEnvironment): InspectedTemplate | undefined {
  const own = test.file.replace(/\.sql$/, `.${engine}.sql`);
  const name = files.sql.has(own) ? own : test.file;
  const text = files.sql.get(name);
  if (text === undefined) return undefined;
  const environment = { macros: files.macros, vars: config.vars, dialect, timezone: config.timezone };
  return inspectTemplate({ path: `sql/${name}`, text }, environment);
}

function fileHint(name: string, files: ProjectFiles): string {
  const best = nearest(name, files.sql.keys());
  return best === undefined ? "the path is relative to the folder 'sql'" : `did you mean '${best}'?`;
}

/** The SQL says by itself which rows fail. */
function keyRules({ keyAt }: Definition, test: SqlTest, index: number): readonly Problem[] {
  if (test.filter === undefined) return [];
  return [errorAt(keyAt('tests', index, 'where'), "'where' does not go with 'sql'", 'write it into the SQL file')];
}

/**
 * A test is run when its table is built, so it reads this table and what that stands on. So do the rows that are kept of its
 * failures, which are forgotten where one of these tables loses rows.
 */
function readRules(table: string, { refs, deltas }: InspectedTemplate, graph: Graph): readonly Problem[] {
  const tables = new Set(graph.upstreams.keys());
  const known = new Set(below(table, graph));
  return [
    ...deltas.map(({ where }) => errorAt(where, 'a test reads whole tables', "write 'ref' in the place of 'delta'")),
    ...refs
      .filter(({ name }) => !known.has(name))
      .map(({ name, where }) =>
        tables.has(name)
          ? errorAt(
              where,
              `this test of '${table}' cannot read '${name}', on which '${table}' does not stand`,
              `make it a test of a table that reads both`,
            )
          : errorAt(where, `no table is called '${name}'`, tableHint(name, tables)),
      ),
  ];
}

/** A table and all that it stands on. */
function below(table: string, { upstreams }: Graph): readonly string[] {
  const found = new Set([table]);
  for (const name of found) for (const upstream of upstreams.get(name) ?? []) found.add(upstream);
  return [...found];
}
