/** Files of `.chat-etl/`: what was made of other files, kept by a hash of these. Whatever is the matter with one, it is made anew. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { toolVersion } from '../version.js';

export interface RememberedPlace {
  /** The project's folder. */
  readonly root: string;
  /** Each environment has files of its own, so that two of them do not take turns. */
  readonly environment: string | undefined;
  /** What the file holds. */
  readonly kind: 'config' | 'project';
  /** All that the content is made from, beside this program. */
  readonly madeFrom: readonly unknown[];
}

/** Undefined where it was made from anything else, or is not whole. */
export function recall(place: RememberedPlace): unknown {
  try {
    const bytes = readFileSync(fileOf(place));
    const key = bytes.subarray(0, hashBytes);
    const sum = bytes.subarray(hashBytes, 2 * hashBytes);
    const content = bytes.subarray(2 * hashBytes);
    if (!key.equals(keyOf(place)) || !sum.equals(hash(content))) return undefined;
    return deserialize(content);
  } catch {
    return undefined;
  }
}

/** Where nothing can be written, nothing is remembered. */
export function remember(place: RememberedPlace, made: unknown): void {
  try {
    const content = serialize(made);
    const folder = join(place.root, folderName);
    mkdirSync(folder, { recursive: true });
    // So that nobody's repository takes it up.
    writeFileSync(join(folder, '.gitignore'), '*\n');
    const file = fileOf(place);
    writeFileSync(`${file}.${process.pid}`, Buffer.concat([keyOf(place), hash(content), content]));
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // It is made anew the next time.
  }
}

const folderName = '.chat-etl';
const hashBytes = 32;

function fileOf({ root, environment, kind }: RememberedPlace): string {
  const name = hash(environment ?? '')
    .toString('hex')
    .slice(0, 8);
  return join(root, folderName, `${kind}-${name}.bin`);
}

function keyOf({ madeFrom }: RememberedPlace): Buffer {
  return hash(JSON.stringify([programId(), ...madeFrom]));
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
