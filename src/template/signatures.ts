/** What may stand in a `{{…}}` and with how many arguments: checked on the parsed template, also where it is not rendered. */
import { type HelperSignature, helperSignatures } from '../engines/helpers.js';

/** Helpers that every template has, apart from the dialect's. */
export const ownSignatures: Readonly<Record<string, HelperSignature>> = {
  ref: {
    parameters: ['table'],
    example: 'from {{ref "stg_messages"}} m',
    description: 'The name of a table, which is thereby read by the model.',
  },
  delta: {
    parameters: ['table'],
    example: 'from {{delta "stg_messages"}} m',
    description: 'The same, cut to the rows that changed since the model last ran; whole on a rebuild.',
  },
  dirty: {
    parameters: ['expression', 'before?'],
    example: 'where {{dirty "m.date_key" before=27}}',
    description:
      'A condition: the partition is to be computed again, with `before=27` also one of the 27 before such a one; true on a rebuild.',
  },
  var: {
    parameters: ['path'],
    example: '{{var "activity.high"}}',
    description: 'A var of the config as an SQL literal; a list as `(1, 2, 3)`.',
  },
  as_of: {
    parameters: [],
    example: '{{as_of}}',
    description: "The run's start in the analytic zone, a timestamp.",
  },
  as_of_date: {
    parameters: [],
    example: '{{as_of_date}}',
    description: "The day of the run's start in the analytic zone, a date.",
  },
  lookup: {
    parameters: ['object', 'name'],
    example: '{{lookup activity "high"}}',
    description: 'What a group of vars holds under a name, as it is written in the config.',
  },
};

/** Helper -> its parameters. */
export const signatures: ReadonlyMap<string, readonly string[]> = new Map([
  ...Object.entries({ ...ownSignatures, ...helperSignatures }).map(
    ([name, { parameters }]) => [name, parameters] as const,
  ),
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
