/** A dialect that writes each helper as a call of its name, and rendering that reads every table under its own name. */
import type { Dialect } from '../../src/engines/contract.js';
import { type HelperRenderer, helperSignatures } from '../../src/engines/helpers.js';
import { inspectTemplate } from '../../src/template/inspect.js';
import { lineStarts } from '../../src/template/lines.js';
import { renderTemplate } from '../../src/template/render.js';
import type { RenderContext, Rendered, TemplateEnvironment } from '../../src/template/types.js';

const helpers = Object.fromEntries(
  Object.keys(helperSignatures).map((name) => {
    const write: HelperRenderer = (args) => `${name}(${args.join(', ')})`;
    return [name, write];
  }),
);

export const stubDialect = {
  name: 'stub',
  identifier: (name: string) => `"${name}"`,
  literal: (value: unknown) => (typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)),
  timestamp: (value: string) => `timestamp '${value}'`,
  helpers,
} as unknown as Dialect;

export const stubContext: RenderContext = {
  ref: (table) => `"${table}"`,
  delta: (table) => `"delta_${table}"`,
  asOf: '2024-05-06 07:08:09',
  timezone: 'UTC',
};

export function stubEnvironment(
  vars: TemplateEnvironment['vars'] = {},
  macros: Readonly<Record<string, string>> = {},
): TemplateEnvironment {
  const files = Object.entries(macros).map(([name, text]) => [name, { path: `sql/macros/${name}.sql`, text }] as const);
  return { vars, macros: new Map(files), dialect: stubDialect };
}

export function render(text: string, environment = stubEnvironment()): Rendered {
  return renderTemplate({ path: 'sql/model.sql', text }, environment, stubContext);
}

/** The mistakes in a template as `line:column: message (hint)`; another file's with its path. */
export function mistakesIn(text: string, environment = stubEnvironment()): readonly string[] {
  const { problems } = inspectTemplate({ path: 'sql/model.sql', text }, { ...environment, timezone: 'UTC' });
  return problems.map(({ message, where, hint }) => {
    const path = where === undefined || where.path === 'sql/model.sql' ? '' : `${where.path}:`;
    return `${path}${where?.line}:${where?.column}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
  });
}

/** The text of the template from the place on that wrote the first occurrence of `word` in the SQL. */
export function sourceOf(word: string, text: string, environment = stubEnvironment()): string {
  const rendered = render(text, environment);
  const offset = rendered.sql.indexOf(word);
  if (offset < 0) throw new Error(`'${word}' is not in ${rendered.sql}`);
  const place = rendered.placeAt(offset);
  const macro = [...environment.macros.values()].find((file) => file.path === place.path);
  const file = macro?.text ?? text;
  return file.slice((lineStarts(file)[place.line - 1] ?? 0) + place.column - 1);
}
