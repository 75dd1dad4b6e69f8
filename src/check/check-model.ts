/** Plans one model on empty tables, in both its forms, and makes its own empty table. */
import { hasErrors } from '../config/problems.js';
import type { Column } from '../engines/types.js';
import { toEtlError } from '../errors.js';
import { existingTarget, prepareTarget } from '../load/target.js';
import { compile, type Definitions } from '../pipeline/load.js';
import type { CompiledModel } from '../pipeline/types.js';
import { renderTemplate } from '../template/render.js';
import type { Rendered } from '../template/types.js';
import { contractProblems } from '../transform/contract.js';
import { type DirtyTableWork, prepareDirtyTable } from '../transform/dirty.js';
import { describeModelSql } from '../transform/model-sql.js';
import { renderDirty } from '../transform/partition.js';
import { prepareModel } from '../transform/prepare.js';
import { snapshotColumns } from '../transform/snapshot.js';
import { type RenderWork, renderWhole } from '../transform/work.js';
import { type EmptyWarehouseRequest, isOwnEngine } from './empty-warehouse.js';
import type { Findings } from './findings.js';
import { describedColumns, modelColumnRules } from './model-columns.js';
import { problemOf } from './sql-problem.js';

type InspectedModel = Definitions['models'][number];

export async function checkModel(
  request: EmptyWarehouseRequest,
  findings: Findings,
  inspectedModel: InspectedModel,
): Promise<void> {
  const { model, definition } = inspectedModel;
  if (findings.isMistaken(model.table)) return;
  const [compiled] = compile(writtenFor(request, inspectedModel));
  const reason = compiled && uncheckable(request, findings, compiled);
  if (compiled === undefined || reason !== undefined) return findings.skip(model.table, reason ?? 'it has no SQL');
  try {
    const rendered = renderWhole(renderWork(request, compiled));
    const given = await describeModelSql(request.session, request.engine, model, rendered);
    const columns = model.strategy === 'snapshot' ? snapshotColumns(given, model.validFrom ?? '') : given;
    const problems = [
      ...modelColumnRules(definition, compiled, given, findings.tables),
      ...contractProblems(model, columns),
    ];
    findings.problems.push(...problems, ...describedColumns(definition, columns));
    // Whoever reads it reads columns that are right, whatever the YAML says of them; of a view DuckDB would bind all under it anew.
    const isStandIn = hasErrors(problems) || model.strategy === 'view';
    await (isStandIn ? makeTable(request, compiled, columns) : makeTarget(request, compiled, rendered));
    findings.tables.set(model.table, columns);
  } catch (thrown) {
    if (isOwnEngine(request) || isUnknownColumn(request, thrown)) {
      findings.refuse(model.table, [problemOf(thrown, model.where)]);
    } else
      findings.skip(
        model.table,
        `${request.engine.name} cannot plan it: ${toEtlError(toEtlError(thrown).cause ?? thrown).message}`,
      );
  }
}

/** A seed's SQL is written for the warehouse; here it is written for the engine that plans. */
function writtenFor({ engine }: EmptyWarehouseRequest, model: InspectedModel): InspectedModel {
  const { definition, inspected } = model;
  const sql = definition.kind === 'seeds' ? inspected?.renderIn(engine.dialect, (table) => table)?.sql : undefined;
  if (inspected === undefined || sql === undefined) return model;
  return { ...model, inspected: { ...inspected, template: { ...inspected.template, text: sql } } };
}

/** Why a model cannot be planned here. */
function uncheckable(
  request: EmptyWarehouseRequest,
  findings: Findings,
  { model, template, refs, deltas }: CompiledModel,
): string | undefined {
  const override = Object.entries(model.sqlOverrides).find(([, path]) => path === template.path);
  if (override !== undefined && override[0] !== request.engine.name)
    return `only ${override[0]} understands ${template.path}`;
  return [...refs, ...deltas].map((table) => findings.obstacle(table)).find((obstacle) => obstacle !== undefined);
}

/** Names of columns are looked up alike everywhere. */
function isUnknownColumn({ engine }: EmptyWarehouseRequest, thrown: unknown): boolean {
  return engine.sqlErrorPosition(toEtlError(toEtlError(thrown).cause))?.unknown === 'column';
}

async function makeTarget(request: EmptyWarehouseRequest, compiled: CompiledModel, rendered: Rendered): Promise<void> {
  const { session, engine } = request;
  const { model } = compiled;
  await prepareModel({
    session,
    engine,
    compiled,
    owned: false,
    redefined: true,
    replaceAllowed: false,
    rendered,
    published: rendered,
  });
  if (model.partition === undefined) return;
  const target = await existingTarget(session, model.table, model.key);
  await prepareDirtyTable(session, engine, target, model.partition, model.where);
  await describeModelSql(session, engine, model, renderDirty(renderWork(request, compiled), { hasNull: true }));
}

async function makeTable(
  { session, engine }: EmptyWarehouseRequest,
  { model }: CompiledModel,
  columns: readonly Column[],
): Promise<void> {
  const { table: name, where } = model;
  await prepareTarget(session, engine, { name, columns, key: [], owned: false, onIncompatible: 'stop', where });
}

const anyMoment = '2000-01-01 00:00:00';

/** What the functions that runs render by take. */
function renderWork(
  { config, definitions, engine }: EmptyWarehouseRequest,
  { model, template }: CompiledModel,
): RenderWork & DirtyTableWork {
  const environment = { macros: definitions.macros, vars: config.vars, dialect: engine.dialect };
  const time = { asOf: anyMoment, timezone: config.timezone };
  return {
    engine,
    target: { name: model.table },
    physical: (table) => table,
    render: (names) => renderTemplate(template, environment, { ...names, ...time }),
  };
}
