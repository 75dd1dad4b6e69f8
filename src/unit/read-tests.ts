/** Reads the unit tests of a project: all YAML files of `unit_tests/`. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { withSourceLines } from '../config/problems.js';
import { isObject } from '../config/raw.js';
import { EtlError, type Problem } from '../errors.js';
import type { Project } from '../pipeline/types.js';
import { parseUnitTests, tableNames } from './parse-tests.js';
import type { UnitTest } from './types.js';

export const unitTestFolder = 'unit_tests';

export interface UnitTests {
  readonly tests: readonly UnitTest[];
  /** All mistakes, warnings among them. */
  readonly problems: readonly Problem[];
  /** The text of each file that was read, by its path relative to the root. */
  readonly texts: ReadonlyMap<string, string>;
}

/** In order of files and, in these, as they stand there. Errors: IO. */
export function readUnitTests(root: string, project: Pick<Project, 'sources' | 'order'>): UnitTests {
  const names = tableNames(project);
  const texts = new Map<string, string>();
  const problems: Problem[] = [];
  const tests = listFiles(root).flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const parsed = parseUnitTests(root, file, text, names);
    for (const [name, read] of [[file, text] as const, ...parsed.texts]) texts.set(name, read);
    problems.push(...parsed.problems);
    return parsed.tests;
  });
  return { tests, problems: withSourceLines(problems, texts), texts };
}

/** Paths use `/` on every system. */
function listFiles(root: string): readonly string[] {
  try {
    const names = readdirSync(path.join(root, unitTestFolder), { recursive: true, encoding: 'utf8' });
    const yaml = names.filter((name) => /\.ya?ml$/.test(name)).sort();
    return yaml.map((name) => `${unitTestFolder}/${name.split(path.sep).join('/')}`);
  } catch (thrown) {
    if (isObject(thrown) && thrown.code === 'ENOENT') return [];
    throw new EtlError('IO', `the folder ${unitTestFolder} cannot be read`, { cause: thrown });
  }
}
