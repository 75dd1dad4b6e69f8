/** Checks the definitions and prints what is wrong with them. */
import { resolve } from 'node:path';
import { hasErrors } from '../config/problems.js';
import type { Project } from '../pipeline/types.js';
import { plural } from '../report/format.js';
import { formatProblems, sortProblems } from '../report/problems.js';
import { type CommonArguments, printJson, say } from './common.js';
import { exitCodes } from './exit.js';
import { checkDefinitions } from './project.js';

/** The exit code: warnings alone are no failure. */
export async function validate(flags: CommonArguments): Promise<number> {
  const { project, problems } = await checkDefinitions({
    root: resolve(flags.root),
    environment: flags.env,
    env: process.env,
  });
  if (flags.json) printJson(sortProblems(problems));
  else if (problems.length > 0) say(formatProblems(problems));
  if (hasErrors(problems) || project === undefined) return exitCodes.badDefinition;
  if (!flags.quiet) say(`OK: ${describe(project)}`);
  return exitCodes.ok;
}

function describe({ pipelines, sources, models }: Project): string {
  return [plural(pipelines.length, 'pipeline'), plural(sources.size, 'source'), plural(models.size, 'model')].join(
    ', ',
  );
}
