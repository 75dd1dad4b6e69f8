/** A model's SQL over published tables, except those under it that changed too: these are computed in the same statement. */
import type { Engine, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { CompiledModel, Project } from '../pipeline/types.js';
import { renderTemplate } from '../template/render.js';
import type { Rendered, TemplateEnvironment } from '../template/types.js';
import { describeModelSql } from '../transform/model-sql.js';

/** All tables that a table stands on. */
export function ancestorsOf(project: Project, table: string): ReadonlySet<string> {
  const found = new Set(project.upstreams.get(table) ?? []);
  // A set grows while it is walked.
  for (const other of found) for (const upstream of project.upstreams.get(other) ?? []) found.add(upstream);
  return found;
}

/**
 * The models under `table` that must be computed aside, in dependency order: those that changed, and those that read one of them.
 * A history holds what no SQL gives any more, so it counts as it is published.
 */
export function modelsAside(project: Project, table: string, changed: ReadonlySet<string>): readonly CompiledModel[] {
  const ancestors = ancestorsOf(project, table);
  const aside = new Map<string, CompiledModel>();
  for (const name of project.order) {
    const compiled = project.models.get(name);
    if (compiled === undefined || !ancestors.has(name) || compiled.model.strategy === 'snapshot') continue;
    const isConcerned =
      changed.has(name) || (project.upstreams.get(name) ?? []).some((upstream) => aside.has(upstream));
    if (isConcerned) aside.set(name, compiled);
  }
  return [...aside.values()];
}

export interface AsideRequest {
  readonly engine: Engine;
  readonly environment: TemplateEnvironment;
  readonly asOf: string;
  readonly timezone: string;
}

export interface AsideStep {
  readonly compiled: CompiledModel;
  readonly rendered: Rendered;
  /** `with …`: the model and what is aside under it. */
  readonly expressions: string;
  /** Quoted name of the model's own expression. */
  readonly relation: string;
}

/** All rows of a step's model. */
export function selectAll({ expressions, relation }: AsideStep): string {
  return `${expressions}\nselect * from ${relation}`;
}

/**
 * The columns of the last step. Each model's SQL is described in its turn, so that a mistake is told of the file that has it.
 * Errors: MODEL_SQL.
 */
export async function describeSteps(
  session: Session,
  engine: Engine,
  steps: readonly AsideStep[],
): Promise<readonly Column[]> {
  let columns: readonly Column[] = [];
  for (const step of steps) {
    columns = await describeModelSql(session, engine, step.compiled.model, step.rendered, selectAll(step));
  }
  return columns;
}

/**
 * What to select from for each model, in the same order. Every query is a common table expression, the last one too: MariaDB does not
 * find an outer one from within a query that has its own.
 */
export function asideSteps(models: readonly CompiledModel[], request: AsideRequest): readonly AsideStep[] {
  const { engine, environment, asOf, timezone } = request;
  const { identifier } = engine.dialect;
  const names = new Map(models.map(({ model }, index) => [model.table, `etl_aside_${index + 1}`]));
  const name = (table: string) => identifier(names.get(table) ?? table);
  const expressions: string[] = [];
  return models.map((compiled) => {
    const rendered = renderTemplate(compiled.template, environment, { ref: name, delta: name, asOf, timezone });
    const relation = name(compiled.model.table);
    expressions.push(`${relation} as (\n${rendered.sql}\n)`);
    return { compiled, rendered, expressions: `with ${expressions.join(',\n')}`, relation };
  });
}
