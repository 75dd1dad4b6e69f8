/** Checks the definitions and prints what is wrong with them. */
import { relative, resolve } from 'node:path';
import { hasErrors } from '../config/problems.js';
import { formatType } from '../engines/type-text.js';
import type { Column } from '../engines/types.js';
import type { Project } from '../pipeline/types.js';
import { formatAnnotations } from '../report/annotations.js';
import { plural } from '../report/format.js';
import { formatProblems, sortProblems } from '../report/problems.js';
import { formatUnchecked } from '../report/unchecked.js';
import { type CheckedProject, checkProjectOffline } from './check-project.js';
import { type CommonArguments, printData, printJson, say } from './common.js';
import { exitCodes } from './exit.js';
import type { ProjectLocation } from './project.js';

export interface ValidateArguments extends CommonArguments {
  readonly connected?: boolean | undefined;
  readonly format?: 'text' | 'github' | undefined;
}

/** The exit code: warnings alone are no failure. */
export async function validate(flags: ValidateArguments): Promise<number> {
  const location = { root: resolve(flags.root), environment: flags.env, env: process.env };
  const checked = flags.connected === true ? await checkConnected(location) : await checkProjectOffline(location);
  const { project, problems, unchecked } = checked;
  if (flags.json) printJson(toJson(checked));
  else if (flags.format === 'github') {
    const annotations = formatAnnotations(sortProblems(problems), relative(process.cwd(), resolve(flags.root)));
    if (annotations !== '') printData(annotations);
  } else if (problems.length > 0) say(formatProblems(problems));
  if (!flags.json && !flags.quiet && unchecked.length > 0) say(formatUnchecked(unchecked));
  if (hasErrors(problems) || project === undefined) return exitCodes.badDefinition;
  if (!flags.quiet) say(`OK: ${describe(project)}${describeConnected(checked)}`);
  return exitCodes.ok;
}

async function checkConnected(location: ProjectLocation): Promise<CheckedProject> {
  const { checkProjectConnected } = await import('./check-connected.js');
  return checkProjectConnected(location);
}

function describeConnected({ connected }: CheckedProject): string {
  if (connected === undefined) return '';
  const planned = `${plural(connected.planned, 'model')} planned in the warehouse`;
  return `; asked: ${connected.sources.join(', ')}; ${planned}`;
}

function toJson({ problems, unchecked, tables }: CheckedProject) {
  const columnsOf = (columns: readonly Column[]) =>
    columns.map(({ name, type, nullable }) => ({ name, type: formatType(type), nullable }));
  return {
    problems: sortProblems(problems),
    unchecked,
    tables: Object.fromEntries([...tables].map(([name, columns]) => [name, columnsOf(columns)])),
  };
}

function describe({ pipelines, sources, models }: Project): string {
  return [plural(pipelines.length, 'pipeline'), plural(sources.size, 'source'), plural(models.size, 'model')].join(
    ', ',
  );
}
