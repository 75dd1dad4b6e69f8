/** Computes a model aside, by its definition as it is now, and compares it with the published table. */
import type { Config } from '../config/types.js';
import type { Engine, Reader, Session } from '../engines/contract.js';
import { formatType } from '../engines/type-text.js';
import type { Column } from '../engines/types.js';
import { EtlError } from '../errors.js';
import { publishedState } from '../journal/published-state.js';
import { compareColumns } from '../load/columns.js';
import { findDuplicates, refuseDuplicates, refuseNullKeys } from '../load/duplicates.js';
import { didYouMean } from '../nearest.js';
import type { CompiledModel, Model, Project } from '../pipeline/types.js';
import { changedDefinitions, changedParts, fingerprints } from '../plan/fingerprint.js';
import type { WarehouseState } from '../plan/types.js';
import { stateOf } from '../run/changed-definitions.js';
import { asOfText } from '../run/clock.js';
import { executeModelSql } from '../transform/model-sql.js';
import { type AsideStep, asideSteps, describeSteps, modelsAside, selectAll } from './aside.js';
import { compareRows } from './compare-rows.js';
import { type ComparedColumn, commonColumns, isComparable } from './compared-columns.js';
import { noticesOf } from './notices.js';
import { openVersions, type Published } from './published.js';
import { compareTotals, dayColumn, measureColumns } from './totals.js';
import type { ModelDiff, RowDifferences, Totals } from './types.js';

export interface DiffRequest {
  readonly config: Config;
  readonly project: Project;
  readonly engine: Engine;
  readonly reader: Reader;
  readonly compiled: CompiledModel;
  /** The models' clock; that of the table's last build where undefined. */
  readonly asOf: string | undefined;
  /** Column for the totals; the one that tells the day where undefined. */
  readonly by: string | undefined;
  readonly exampleCount: number;
}

/** Errors: USAGE where nothing is published yet, MODEL_SQL, DUPLICATE_KEY where a run would refuse the rows. */
export async function diffModel(request: DiffRequest): Promise<ModelDiff> {
  const { config, project, engine, compiled, reader } = request;
  const { session } = reader;
  const { table } = compiled.model;
  const state = await stateOf(session, engine);
  const published = await openVersions(session, engine.dialect, compiled.model);
  const environment = { macros: project.macros, vars: config.vars, dialect: engine.dialect };
  const now = fingerprints(project, config, environment);
  const changed = changedDefinitions(now, state);
  const models = [...modelsAside(project, table, changed), compiled];
  const asOf = request.asOf ?? clockOf(models, state) ?? asOfText(new Date(), config.timezone);
  const steps = asideSteps(models, { engine, environment, asOf, timezone: config.timezone });
  const before = await publishedState(session, engine.dialect);
  const columns = await keepAside(request, steps);
  const sides = { before: published.relation, after: engine.dialect.scratchTable(scratchName) };
  const common = commonColumns(published.columns, dataColumns(compiled.model, columns));
  const comparison: Comparison = { ...request, session, published, sides, common };
  const unkeyed = await whyUnkeyed(comparison);
  const fingerprint = state.tables.get(table)?.fingerprint;
  const rows = unkeyed === undefined ? await rowDifferences(comparison) : undefined;
  const result = {
    table,
    changedParts: fingerprint === undefined ? [] : changedParts(fingerprint, now.get(table) ?? ''),
    aside: models.slice(0, -1).map(({ model }) => model.table),
    asOf: models.some(({ usesAsOf }) => usesAsOf) ? asOf : undefined,
    rowsBefore: await countRows(session, sides.before),
    rowsAfter: await countRows(session, sides.after),
    columns: columnDifferences(published.columns, dataColumns(compiled.model, columns)),
    rows,
    totals: await totalsOf(comparison),
  };
  const isMoved = before !== (await publishedState(session, engine.dialect));
  const notices = noticesOf({ project, table, models, changed, state, common, published, unkeyed, isMoved });
  return { ...result, notices };
}

const scratchName = 'diff';

interface Comparison extends DiffRequest {
  readonly session: Session;
  readonly published: Published;
  readonly sides: { readonly before: string; readonly after: string };
  readonly common: readonly ComparedColumn[];
}

/** The clock by which the table was last built: what has only become of the time since is no effect of the definition. */
function clockOf(models: readonly CompiledModel[], { tables }: WarehouseState): string | undefined {
  return [...models].reverse().flatMap(({ model }) => tables.get(model.table)?.asOf ?? [])[0];
}

async function keepAside({ reader, engine }: DiffRequest, steps: readonly AsideStep[]): Promise<readonly Column[]> {
  const { session } = reader;
  const columns = await describeSteps(session, engine, steps);
  const last = steps.at(-1);
  if (last === undefined) throw new EtlError('INTERNAL', 'there is no model to compute');
  const statements = engine.dialect.createScratchTableAs(scratchName, selectAll(last));
  await reader.makingScratchTables(() =>
    executeModelSql(session, engine, last.compiled.model, last.rendered, statements),
  );
  return columns;
}

/** The column that begins a version is the history's own. */
function dataColumns({ strategy, validFrom }: Model, columns: readonly Column[]): readonly Column[] {
  return strategy === 'snapshot' ? columns.filter(({ name }) => name !== validFrom) : columns;
}

/** Undefined where rows can be told apart by the key. Errors: MODEL_SQL, DUPLICATE_KEY. */
async function whyUnkeyed({ compiled, session, engine, sides, common }: Comparison): Promise<string | undefined> {
  const { key, name, where } = compiled.model;
  if (key.length === 0) return 'it has no `key`: rows cannot be told apart, so they are counted alone';
  const check = { relation: sides.after, key, title: name, where };
  await refuseNullKeys(session, engine.dialect, { ...check, code: 'MODEL_SQL' });
  await refuseDuplicates(session, engine.dialect, check);
  const strange = key.find((column) => !common.some((each) => each.name === column && isComparable(each)));
  if (strange !== undefined) return `rows are counted alone: the published table has no such '${strange}' of its key`;
  const [twice] = await findDuplicates(session, engine.dialect, sides.before, key);
  return twice === undefined
    ? undefined
    : `rows are counted alone: (${key.join(', ')}) is no key of the published table`;
}

function rowDifferences(comparison: Comparison): Promise<RowDifferences> {
  const { session, engine, sides, common, compiled, exampleCount } = comparison;
  const { key } = compiled.model;
  const columns = common.filter(isComparable);
  return compareRows({ session, dialect: engine.dialect, ...sides, key, columns, exampleCount });
}

async function totalsOf(comparison: Comparison): Promise<Totals | undefined> {
  const { session, engine, sides, common, compiled } = comparison;
  const { key, partition } = compiled.model;
  const by =
    comparison.by === undefined
      ? dayColumn(common, [...(partition === undefined ? [] : [partition.by]), ...key])
      : chosen(comparison);
  if (by === undefined) return undefined;
  const measures = measureColumns(common, key, by.name);
  return compareTotals({ session, dialect: engine.dialect, ...sides, by, measures });
}

function chosen({ by = '', common, compiled }: Comparison): ComparedColumn {
  const names = common.filter(isComparable).map(({ name }) => name);
  const found = common.find(({ name }) => name === by && names.includes(name));
  if (found !== undefined) return found;
  throw new EtlError('USAGE', `--by: ${compiled.model.name} has no column '${by}' before and after`, {
    hint: didYouMean(by, names) ?? `one of: ${names.join(', ')}`,
  });
}

async function countRows(session: Session, relation: string): Promise<number> {
  const [row] = await session.query(`select count(*) as etl_rows from ${relation} t`);
  return Number(row?.etl_rows ?? 0);
}

function columnDifferences(before: readonly Column[], after: readonly Column[]): ModelDiff['columns'] {
  const { added, dropped, widened, changed } = compareColumns(before, after);
  return {
    added: added.map(({ name }) => name),
    removed: dropped.map(({ name }) => name),
    retyped: [...widened, ...changed].map(({ column, from }) => ({
      name: column.name,
      before: formatType(from),
      after: formatType(column.type),
    })),
  };
}
