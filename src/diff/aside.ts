/** A model's SQL over published tables, except those under it that changed too: these are computed in the same statement. */
import type { Engine } from '../engines/contract.js';
import type { CompiledModel, Project } from '../pipeline/types.js';
import { renderTemplate } from '../template/render.js';
import type { Rendered, TemplateEnvironment } from '../template/types.js';

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
  /** A select of the model's rows that computes what is aside under it as well. */
  readonly select: string;
}

/**
 * A statement for each model, in the same order. Every query is a common table expression, the last one too: MariaDB does not
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
    const own = name(compiled.model.table);
    expressions.push(`${own} as (\n${rendered.sql}\n)`);
    return { compiled, rendered, select: `with ${expressions.join(',\n')}\nselect * from ${own}` };
  });
}
