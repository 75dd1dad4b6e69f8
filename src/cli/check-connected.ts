/** All that is wrong with a project, its databases being asked too; none of them is written to. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { chooseEnvironment } from '../config/overlay.js';
import { withSourceLines } from '../config/problems.js';
import type { Config } from '../config/types.js';
import { parseYamlFile } from '../config/yaml-file.js';
import type { Definitions } from '../pipeline/load.js';
import { checkDefinitions, withoutSecrets } from './check-definitions.js';
import { type CheckedProject, checkDefinedProject } from './check-project.js';
import { checkSources } from './check-sources.js';
import { checkPublished } from './check-warehouse.js';
import type { ProjectLocation } from './project.js';

/** Databases are asked only where the definitions have no mistakes. Errors: IO where a file cannot be read. */
export async function checkProjectConnected(location: ProjectLocation): Promise<CheckedProject> {
  const checked = await checkDefinitions(location);
  const { config, project, definitions } = checked;
  if (config === undefined || project === undefined || definitions === undefined) return checkDefinedProject(checked);
  const { placeOf, text } = connectionPlaces(config);
  const sources = await checkSources(config, project, placeOf);
  const offline = await checkDefinedProject(
    { ...checked, definitions: without(definitions, sources.unreadable) },
    sources.records,
  );
  const where = placeOf(config.run.into);
  const published = await checkPublished({ config, project, offline, where });
  const found = [...sources.problems, ...published.problems].map((problem) => withoutSecrets(problem, config));
  const texts = new Map([...definitions.texts, [where.path, text]]);
  const isPlanned = ({ step }: { readonly step: string }) => published.planned.has(step);
  const unplanned = offline.unchecked.filter((one) => !isPlanned(one));
  return {
    ...offline,
    problems: withSourceLines([...offline.problems, ...found], texts),
    unchecked: unplanned.map((one) => published.unchecked.find(({ step }) => step === one.step) ?? one),
    connected: { sources: [...sources.records.keys()], planned: published.planned.size },
  };
}

/** Where the config defines each connection, an environment's own before the common one. */
function connectionPlaces(config: Config) {
  const text = readFileSync(config.file, 'utf8');
  const file = parseYamlFile(basename(config.file), text);
  const effective = chooseEnvironment(file, config.environment);
  return { placeOf: (name: string) => effective.keyAt(['connections', name]), text };
}

/** What reads a source that cannot be read would only echo that. */
function without(definitions: Definitions, tables: ReadonlySet<string>): Definitions {
  return { ...definitions, mistaken: new Set([...definitions.mistaken, ...tables]) };
}
