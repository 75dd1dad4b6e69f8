/** What may stand in a `{{…}}` and with how many arguments: checked on the parsed template, also where it is not rendered. */
import { helperSignatures } from '../engines/helpers.js';

/** Helpers that every template has, apart from the dialect's. A parameter ending in `?` may be left out. */
const ownSignatures: Readonly<Record<string, readonly string[]>> = {
  ref: ['table'],
  delta: ['table'],
  dirty: ['expression', 'before?'],
  var: ['path'],
  as_of: [],
  as_of_date: [],
  lookup: ['object', 'name'],
};

/** Helper -> its parameters. */
export const signatures: ReadonlyMap<string, readonly string[]> = new Map([
  ...Object.entries(ownSignatures),
  ...Object.entries(helperSignatures).map(([name, signature]) => [name, signature.parameters] as const),
]);

/** Blocks of Handlebars that a template may use; each takes one argument. */
export const blockNames: ReadonlySet<string> = new Set(['if', 'unless', 'each', 'with']);

/** What is wrong with so many arguments, or undefined. */
export function argumentCountProblem(helper: string, given: number): string | undefined {
  const parameters = blockNames.has(helper) ? ['value'] : (signatures.get(helper) ?? []);
  const least = parameters.filter((parameter) => !parameter.endsWith('?')).length;
  if (given >= least && given <= parameters.length) return undefined;
  const wanted = least === parameters.length ? `${least}` : `${least} to ${parameters.length}`;
  const list = parameters.length === 0 ? '' : ` (${parameters.join(', ')})`;
  return `'${helper}' takes ${wanted} argument${wanted === '1' ? '' : 's'}${list}, not ${given}`;
}
