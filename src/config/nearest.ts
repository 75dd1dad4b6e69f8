/** Hints that name what was probably meant. */
import { nearest } from '../nearest.js';

export { nearest } from '../nearest.js';

/** `did you mean 'x'?` for the nearest candidate; else the whole list where it is short; else undefined. */
export function nearestHint(name: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  const best = nearest(name, all);
  if (best !== undefined) return `did you mean '${best}'?`;
  return all.length > 0 && all.length <= 20 ? `one of: ${all.join(', ')}` : undefined;
}
