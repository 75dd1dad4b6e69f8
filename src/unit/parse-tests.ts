/** One YAML file of `unit_tests/` as typed tests. */
import { nearestHint } from '../config/nearest.js';
import { errorAt } from '../config/problems.js';
import { isObject, objectOf, type RawObject, textOf } from '../config/raw.js';
import { schemaMistakes, schemaProblem } from '../config/schema-check.js';
import { parseYamlFile, type YamlPath } from '../config/yaml-file.js';
import type { Place, Problem } from '../errors.js';
import type { Project } from '../pipeline/types.js';
import { type RowsReader, readRows, yamlRow } from './parse-rows.js';
import type { ExpectedTable, GivenRow, GivenTable, TableRows, UnitStep, UnitTest } from './types.js';

export interface ParsedUnitTests {
  readonly tests: readonly UnitTest[];
  readonly problems: readonly Problem[];
  /** CSV files that were read, by path relative to the root. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Tables by the names that a test may call them. */
export type TableNames = ReadonlyMap<string, string>;

/** Where a test says nothing of the time, so that it means the same on every day. */
const defaultNow = '2024-01-01 00:00:00';

/** Sources by their names in YAML and by their staging tables, models by their own; a table's own name counts first. */
export function tableNames({ sources, order }: Pick<Project, 'sources' | 'order'>): TableNames {
  const ofSources = [...sources.values()].map(({ name, table }) => [name, table] as const);
  return new Map([...ofSources, ...order.map((table) => [table, table] as const)]);
}

/** Never throws; of a file with mistakes there are no tests. `path` is relative to `root`. */
export function parseUnitTests(root: string, path: string, text: string, names: TableNames): ParsedUnitTests {
  const file = parseYamlFile(path, text);
  if (file.value === undefined) return { tests: [], problems: file.problems, texts: new Map() };
  const mistakes = schemaMistakes('unitTests', file.value).map((mistake) => schemaProblem(mistake, file));
  const problems = [...file.problems, ...mistakes];
  if (problems.length > 0) return { tests: [], problems, texts: new Map() };
  const raw = objectOf(file.value);
  const reader = { root, file, problems: [], texts: new Map(), names };
  const defaults = new Map(
    eachTable(reader, raw.defaults, ['defaults']).map(({ table, value, at }) => {
      return [table, yamlRow(reader, objectOf(value), at).cells] as const;
    }),
  );
  const common = { now: readMoment(reader, raw.now, ['now']), vars: varsOf(raw.vars) };
  const tests = Object.entries(objectOf(raw.tests)).map(([name, test]) =>
    readTest({ ...reader, defaults }, common, name, objectOf(test)),
  );
  return { tests, problems: reader.problems, texts: reader.texts };
}

interface TestsReader extends RowsReader {
  readonly names: TableNames;
  /** Table -> values of columns that a given row does not name. */
  readonly defaults: ReadonlyMap<string, GivenRow['cells']>;
}

interface Common {
  readonly now: string | undefined;
  readonly vars: Vars;
}

type Vars = UnitTest['vars'];

function readTest(reader: TestsReader, common: Common, name: string, test: RawObject): UnitTest {
  const { file, problems } = reader;
  const at = ['tests', name];
  const beside = ['given', 'expect'].find((key) => test.steps !== undefined && key in test);
  if (beside !== undefined) {
    problems.push(
      errorAt(file.keyAt([...at, beside]), `'${beside}' and 'steps' cannot both be given`, 'put it into a step'),
    );
  }
  const steps: UnitStep[] = [];
  let now = readMoment(reader, test.now, [...at, 'now']) ?? common.now ?? defaultNow;
  for (const [step, path] of stepsOf(test, at)) {
    now = readMoment(reader, step.now, [...path, 'now']) ?? now;
    steps.push(readStep(reader, step, path, now));
  }
  if (!stepsOf(test, at).some(([step]) => 'expect' in step)) {
    problems.push(errorAt(file.keyAt(at), "'expect' is missing", 'a test without it can never fail'));
  }
  return { name, file: file.path, where: file.keyAt(at), vars: mergeVars(common.vars, varsOf(test.vars)), steps };
}

function stepsOf(test: RawObject, at: YamlPath): readonly (readonly [RawObject, YamlPath])[] {
  if (!Array.isArray(test.steps)) return [[test, at]];
  return test.steps.map((step, index) => [objectOf(step), [...at, 'steps', index]]);
}

function readStep(reader: TestsReader, step: RawObject, path: YamlPath, now: string): UnitStep {
  const tables = (key: string) =>
    eachTable(reader, step[key], [...path, key]).map(({ table, value, at, where }): TableRows & TableEntry => {
      return { table, value, at, where, rows: readRows(reader, value, at) };
    });
  const given = tables('given').map(({ table, where, rows }): GivenTable => {
    return { table, where, rows, defaults: reader.defaults.get(table) ?? new Map() };
  });
  const expect = tables('expect').map(({ table, value, where, rows }): ExpectedTable => {
    const { ordered, tolerance } = objectOf(value);
    return { table, where, rows, isOrdered: ordered === true, tolerance: numberOf(tolerance) };
  });
  return { now, given, removed: tables('removed').map(({ table, where, rows }) => ({ table, where, rows })), expect };
}

interface TableEntry {
  readonly table: string;
  readonly value: unknown;
  readonly at: YamlPath;
  readonly where: Place;
}

/** The members of a mapping by table; names that no table has are told and left out. */
function eachTable(
  { file, names, problems }: Pick<TestsReader, 'file' | 'names' | 'problems'>,
  raw: unknown,
  path: YamlPath,
): readonly TableEntry[] {
  return Object.entries(objectOf(raw)).flatMap(([name, value]) => {
    const at = [...path, name];
    const where = file.keyAt(at);
    const table = names.get(name);
    if (table !== undefined) return [{ table, value, at, where }];
    problems.push(errorAt(where, `no source or model is called '${name}'`, nearestHint(name, [...names.keys()])));
    return [];
  });
}

/** With its time filled in. A day such as February 30 is told. */
function readMoment({ file, problems }: RowsReader, value: unknown, at: YamlPath): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const moment = `${text.replace('T', ' ')}${{ 10: ' 00:00:00', 16: ':00' }[text.length] ?? ''}`;
  const date = new Date(`${moment.replace(' ', 'T')}Z`);
  if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(moment.slice(0, 10))) return moment;
  problems.push(errorAt(file.valueAt(at), `'${text}' is no point in time`));
  return undefined;
}

function varsOf(value: unknown): Vars {
  return objectOf(value) as Vars;
}

/** Lists are replaced, mappings merged, as an environment is laid over the config. */
export function mergeVars(base: Vars, over: Vars): Vars {
  const merged = Object.entries(over).map(([name, value]) => {
    const below = base[name];
    return [name, isObject(value) && isObject(below) ? mergeVars(varsOf(below), varsOf(value)) : value] as const;
  });
  return { ...base, ...Object.fromEntries(merged) };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
