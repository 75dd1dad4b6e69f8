/** The config without parsing its file again: of the same text only what its variables stand for can differ. */
import { dirname, resolve } from 'node:path';
import { configFileName } from '../config/file-name.js';
import { configOf, type SoundValues } from '../config/sound-values.js';
import type { Config } from '../config/types.js';
import { readIfThere, variablesIn } from '../config/variables.js';
import type { ProjectLocation } from './project.js';
import { type RememberedPlace, recall, remember } from './remembered-file.js';

/** Undefined where the file is another one, or anything is wrong with it now. Errors: IO. */
export function recallConfig({ root, environment, env }: ProjectLocation): Config | undefined {
  const file = resolve(root, configFileName);
  const text = readIfThere(file);
  const sound = text === undefined ? undefined : recall(placeOf({ root, environment }, text));
  if (sound === undefined) return undefined;
  return configOf(sound as SoundValues, { file, root: dirname(file), environment }, variablesIn(root, env));
}

/** Of a config without any problem. */
export function rememberConfig(
  location: Pick<ProjectLocation, 'root' | 'environment'>,
  text: string,
  sound: SoundValues,
): void {
  remember(placeOf(location, text), sound);
}

function placeOf({ root, environment }: Pick<ProjectLocation, 'root' | 'environment'>, text: string): RememberedPlace {
  return { root, environment, kind: 'config', madeFrom: [environment ?? null, text] };
}
