/** Takes secrets out of whatever is about to be shown or stored. */

const mask = '***';

/**
 * The text without any of the secrets, in whichever of their usual spellings: as they are, in a URL, in JSON.
 * A secret of one or two characters is masked only where it stands alone, since it would be found in every word.
 */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  const spellings = new Set(secrets.flatMap(spellingsOf));
  // The longest first, so that a secret that contains another one goes whole.
  const ordered = [...spellings].sort((a, b) => b.length - a.length);
  return ordered.reduce((masked, spelling) => replaceSpelling(masked, spelling), text);
}

function spellingsOf(secret: string): readonly string[] {
  if (secret === '') return [];
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
}

function replaceSpelling(text: string, spelling: string): string {
  if (spelling.length > 2) return text.replaceAll(spelling, mask);
  const escaped = spelling.replace(/[^\p{L}\p{N}_]/gu, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, 'gu'), mask);
}
