/** Templates to SQL, with the place of every character. */
import { EtlError, type Place, type Problem } from '../errors.js';
import { didYouMean } from '../nearest.js';
import { Rendering, type TableUse } from './helpers.js';
import { parseTemplate } from './parse.js';
import { rootScope } from './scope.js';
import type { RenderContext, Rendered, TemplateEnvironment, TemplateFile } from './types.js';
import { writeNodes } from './write.js';

/** What a template gave, whatever is wrong with it. */
export interface RenderingResult {
  readonly rendered: Rendered | undefined;
  readonly problems: readonly Problem[];
  /** Every use of a table, in the order of the text. */
  readonly refs: readonly TableUse[];
  readonly deltas: readonly TableUse[];
}

/**
 * The SQL of a template. A `;` at its end is taken off.
 * Errors: DEFINITION with the place of the first mistake, and all of them in `problems`.
 */
export function renderTemplate(
  template: TemplateFile,
  environment: TemplateEnvironment,
  context: RenderContext,
): Rendered {
  const { rendered, problems } = tryToRender(template, environment, context);
  const [first] = problems;
  if (first !== undefined) {
    throw new EtlError('DEFINITION', first.message, { where: first.where, hint: first.hint, problems });
  }
  if (rendered === undefined) throw new EtlError('INTERNAL', `${template.path} gave neither SQL nor a problem`);
  return rendered;
}

/** As `renderTemplate`; mistakes are returned, all that can be found at once. */
export function tryToRender(
  template: TemplateFile,
  environment: TemplateEnvironment,
  context: RenderContext,
): RenderingResult {
  const rendering = new Rendering(template, environment, context);
  const { nodes, mistakes } = parseTemplate(template.text);
  for (const { offset, message, hint } of mistakes) rendering.problem(template, offset, message, hint);
  let rendered: Rendered | undefined;
  if (checkMacros(template, rendering) && nodes !== undefined) {
    writeNodes(nodes, rootScope(environment.vars), rendering);
    rendered = finish(rendering);
  }
  const problems = distinct(rendering.problems);
  return {
    rendered: problems.length > 0 ? undefined : rendered,
    problems,
    refs: rendering.refs,
    deltas: rendering.deltas,
  };
}

/** Reports what is wrong in the macros that a template calls, and in those that they call; false where one calls itself. */
function checkMacros(template: TemplateFile, rendering: Rendering): boolean {
  const { macros } = rendering.environment;
  const checked = new Set<string>();
  const visit = (file: TemplateFile, path: readonly string[]): boolean => {
    let sound = true;
    for (const { name, offset } of parseTemplate(file.text).macroCalls) {
      const macro = macros.get(name);
      if (path.includes(name)) {
        rendering.problem(file, offset, `the macro '${name}' calls itself: ${[...path, name].join(' -> ')}`);
        sound = false;
      } else if (macro === undefined) {
        const hint = didYouMean(name, macros.keys()) ?? `a macro is a file in sql/macros, e.g. sql/macros/${name}.sql`;
        rendering.problem(file, offset, `no macro is called '${name}'`, hint);
      } else if (!checked.has(name)) {
        for (const mistake of parseTemplate(macro.text).mistakes) {
          rendering.problem(macro, mistake.offset, mistake.message, mistake.hint);
        }
        sound = visit(macro, [...path, name]) && sound;
        checked.add(name);
      }
    }
    return sound;
  };
  return visit(template, []);
}

function finish(rendering: Rendering): Rendered {
  return {
    sql: withoutEnd(rendering.pieces.text),
    refs: names(rendering.refs),
    deltas: names(rendering.deltas),
    vars: [...rendering.vars],
    macros: [...rendering.macros],
    usesAsOf: rendering.usesAsOf,
    dirtyBefore: [...rendering.dirtyBefore],
    placeAt: rendering.pieces.placeAt,
  };
}

/** Without white space and `;` at the end; a comment in the last line gets a line end, so that SQL may follow. */
function withoutEnd(sql: string): string {
  const comments = /;\s*((?:--[^\n']*(?:\n\s*|$))*)$/;
  const trimmed = sql.replace(comments, (_, kept: string) => ` ${kept}`).replace(/[;\s]+$/, '');
  return /--[^\n]*$/.test(trimmed) ? `${trimmed}\n` : trimmed;
}

function names(uses: readonly TableUse[]): readonly string[] {
  return [...new Set(uses.map((use) => use.name))];
}

/** A macro's mistake is found at each of its calls; it is one mistake. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  const key = (place: Place | undefined) => `${place?.path}:${place?.line}:${place?.column}`;
  const seen = new Map(problems.map((problem) => [`${key(problem.where)} ${problem.message}`, problem]));
  return [...seen.values()].sort((a, b) => comparePlaces(a.where, b.where));
}

function comparePlaces(a: Place | undefined, b: Place | undefined): number {
  if (a === undefined || b === undefined || a.path !== b.path) return 0;
  return a.line - b.line || a.column - b.column;
}
