/**
 * The checked project as it was the last time: making it anew takes longer than all else in a run in which nothing changed.
 * It is kept in `.chat-etl/` by what it was made from. Whatever is the matter with that file, the project is made anew.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { deepFreeze } from '../config/freeze.js';
import type { Config } from '../config/types.js';
import type { ProjectFiles } from '../pipeline/files.js';
import type { Project } from '../pipeline/types.js';
import { toolVersion } from '../version.js';

export interface CheckedProject {
  readonly project: Project;
  /** Table -> fingerprint of its definition. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

/** Undefined where it was made from anything else, or is not whole. */
export function recallProject(config: Config, files: ProjectFiles): CheckedProject | undefined {
  try {
    const bytes = readFileSync(fileOf(config));
    const key = bytes.subarray(0, hashBytes);
    const sum = bytes.subarray(hashBytes, 2 * hashBytes);
    const content = bytes.subarray(2 * hashBytes);
    if (!key.equals(keyOf(config, files)) || !sum.equals(hash(content))) return undefined;
    return frozen(deserialize(content) as CheckedProject);
  } catch {
    return undefined;
  }
}

/** Where nothing can be written, nothing is remembered. */
export function rememberProject(config: Config, files: ProjectFiles, checked: CheckedProject): void {
  try {
    const content = serialize(checked);
    const folder = join(config.root, folderName);
    mkdirSync(folder, { recursive: true });
    // So that nobody's repository takes it up.
    writeFileSync(join(folder, '.gitignore'), '*\n');
    const file = fileOf(config);
    writeFileSync(`${file}.${process.pid}`, Buffer.concat([keyOf(config, files), hash(content), content]));
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // It is made anew the next time.
  }
}

const folderName = '.chat-etl';
const hashBytes = 32;

/** Each environment has its own, so that two of them do not take turns. */
function fileOf({ root, environment }: Config): string {
  const name = hash(environment ?? '')
    .toString('hex')
    .slice(0, 8);
  return join(root, folderName, `project-${name}.bin`);
}

/** All that a project is made from: this program, the files, and what the config says of names, vars and the zone. */
function keyOf({ root, connections, run, vars, timezone }: Config, files: ProjectFiles): Buffer {
  const engines = Object.entries(connections).map(([name, { type }]) => [name, type]);
  const followed = [programId(), root, engines, run, vars, timezone];
  const texts = [[...files.pipelines], [...files.sql], [...files.macros], [...files.seeds]];
  return hash(JSON.stringify([...followed, ...texts]));
}

/** Also without a new version number another build may check other things; a build writes all its files anew. */
function programId(): readonly unknown[] {
  const own = fileURLToPath(import.meta.url);
  const files = own.endsWith('.ts') ? sourceFiles() : [own];
  return [toolVersion, ...files.map((file) => statSync(file)).flatMap(({ size, mtimeMs }) => [size, mtimeMs])];
}

/** Where it runs without a build, any of them may have been edited. */
function sourceFiles(): readonly string[] {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => join(folder, name));
}

function hash(content: string | Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}

function frozen(checked: CheckedProject): CheckedProject {
  const { sources, models } = checked.project;
  for (const step of [...sources.values(), ...models.values()]) deepFreeze(step);
  return deepFreeze(checked);
}
