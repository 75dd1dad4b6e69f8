/** A model's SQL as runs execute it, without a run. */
import type { Config } from '../config/types.js';
import type { Engine } from '../engines/contract.js';
import type { CompiledModel, Project } from '../pipeline/types.js';
import { renderTemplate } from '../template/render.js';
import { type ModelForms, modelForms } from '../transform/forms.js';
import { asOfText } from './clock.js';

export interface RenderRequest {
  readonly config: Config;
  readonly project: Project;
  readonly engine: Engine;
  /** `YYYY-MM-DD HH:MM:SS` in the analytic zone; now where undefined. */
  readonly asOf: string | undefined;
}

/** Over the published tables, by their own names. */
export function renderForms(compiled: CompiledModel, { config, project, engine, asOf }: RenderRequest): ModelForms {
  const environment = { macros: project.macros, vars: config.vars, dialect: engine.dialect };
  const time = { asOf: asOf ?? asOfText(new Date(), config.timezone), timezone: config.timezone };
  return modelForms({
    engine,
    compiled,
    target: { name: compiled.model.table },
    physical: (table) => table,
    render: (names) => renderTemplate(compiled.template, environment, { ...names, ...time }),
  });
}
