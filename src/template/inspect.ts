/** What a template says before anything runs: the tables it names, and all its mistakes. */
import type { Dialect } from '../engines/contract.js';
import type { Place, Problem } from '../errors.js';
import type { TableUse } from './helpers.js';
import { placeInFile } from './lines.js';
import { tryToRender } from './render.js';
import type { RenderContext, Rendered, TemplateEnvironment, TemplateFile } from './types.js';

/** A table that a template names, and where it names it first. */
export interface TableReference {
  readonly name: string;
  readonly where: Place;
}

export interface InspectedTemplate {
  readonly template: TemplateFile;
  readonly dialect: Dialect;
  /** The texts that places can point into, by path: the template and the macros. */
  readonly texts: ReadonlyMap<string, string>;
  /** Tables named by `ref`, each once; a table named by both is in both lists. */
  readonly refs: readonly TableReference[];
  readonly deltas: readonly TableReference[];
  readonly usesAsOf: boolean;
  /** Undefined where there are problems. */
  readonly rendered: Rendered | undefined;
  readonly problems: readonly Problem[];
  /** The same template in another dialect, each delta's table under the name that `deltaName` gives; for rules over the SQL. */
  readonly renderIn: (dialect: Dialect, deltaName: (table: string) => string) => Rendered | undefined;
}

const placeholderAsOf = '2000-01-01 00:00:00';

/** Renders a template with its own names and a fixed time. Never throws for a mistake in it. */
export function inspectTemplate(
  template: TemplateFile,
  environment: TemplateEnvironment & { readonly timezone: string },
): InspectedTemplate {
  const { dialect, timezone } = environment;
  const { rendered, problems, refs, deltas } = tryToRender(template, environment, recording(dialect, timezone));
  return {
    template,
    dialect,
    texts: new Map([template, ...environment.macros.values()].map((file) => [file.path, file.text])),
    refs: firstUses(refs),
    deltas: firstUses(deltas),
    usesAsOf: rendered?.usesAsOf ?? false,
    rendered,
    problems,
    renderIn: (other, deltaName) =>
      tryToRender(template, { ...environment, dialect: other }, recording(other, timezone, deltaName)).rendered,
  };
}

function recording(dialect: Dialect, timezone: string, deltaName = (table: string) => table): RenderContext {
  return {
    ref: (table) => dialect.identifier(table),
    delta: (table) => dialect.identifier(deltaName(table)),
    asOf: placeholderAsOf,
    timezone,
  };
}

function firstUses(uses: readonly TableUse[]): readonly TableReference[] {
  const first = new Map<string, TableReference>();
  for (const { name, file, offset } of uses) {
    if (!first.has(name)) first.set(name, { name, where: placeInFile(file, offset) });
  }
  return [...first.values()];
}
