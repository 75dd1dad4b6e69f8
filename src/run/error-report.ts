/** An error in the form that reports and journals take: placed, and without secrets. */
import type { Config } from '../config/types.js';
import { EtlError, formatPlace, toEtlError } from '../errors.js';
import { maskSecrets } from '../mask.js';
import type { Project } from '../pipeline/types.js';
import { sourceLineAt } from '../template/lines.js';
import type { ErrorReport } from './events.js';

export function errorReport(thrown: unknown, config: Config, project: Project): ErrorReport {
  const error = toEtlError(thrown);
  const mask = (text: string | undefined) => (text === undefined ? undefined : maskSecrets(text, config.secrets));
  return {
    code: error.code,
    message: maskSecrets(error.message, config.secrets),
    where: error.where === undefined ? undefined : formatPlace(error.where),
    sourceLine: error.where === undefined ? undefined : mask(sourceLineAt(error.where, templateTexts(project))),
    hint: mask(error.hint),
    sql: mask(error.sql),
    sqlLine: error.sqlLine,
  };
}

/** Which step an error belongs to, where it says so. */
export function stepOf(thrown: unknown): string | undefined {
  return thrown instanceof EtlError ? thrown.step : undefined;
}

function templateTexts(project: Project): ReadonlyMap<string, string> {
  const files = [...[...project.models.values()].map(({ template }) => template), ...project.macros.values()];
  return new Map(files.map(({ path, text }) => [path, text]));
}
