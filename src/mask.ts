/** Takes secrets out of whatever is about to be shown or stored. */

const mask = '***';

/** A server quotes statements in parts: so much of a longer secret is masked wherever it stands. */
const tellingLength = 16;

/**
 * The text without any of the secrets, in whichever of their usual spellings: as they are, in a URL, in JSON, in quotes of SQL;
 * of long ones without parts of them either. A secret of one or two characters is masked only where it stands alone, since
 * it would be found in every word.
 */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  if (text === '') return text;
  const spellings = new Set(secrets.flatMap(spellingsOf));
  // The longest first, so that a secret that contains another one goes whole.
  const ordered = [...spellings].sort((a, b) => b.length - a.length);
  return maskParts(
    ordered.reduce((masked, spelling) => replaceSpelling(masked, spelling), text),
    ordered,
  );
}

function spellingsOf(secret: string): readonly string[] {
  if (secret === '') return [];
  const inSql = [secret, secret.replaceAll("'", "''"), secret.replaceAll('"', '""')];
  return [...inSql, ...inSql.map((spelling) => JSON.stringify(spelling).slice(1, -1)), encodeURIComponent(secret)];
}

function replaceSpelling(text: string, spelling: string): string {
  if (spelling.length > 2) return text.replaceAll(spelling, mask);
  const escaped = spelling.replace(/[^\p{L}\p{N}_]/gu, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, 'gu'), mask);
}

function maskParts(text: string, spellings: readonly string[]): string {
  const parts = new Set(spellings.flatMap(partsOf));
  if (parts.size === 0) return text;
  let masked = '';
  let shown = 0;
  for (let at = 0; at + tellingLength <= text.length; at++) {
    if (!parts.has(text.slice(at, at + tellingLength))) continue;
    let end = at + tellingLength;
    while (end < text.length && parts.has(text.slice(end + 1 - tellingLength, end + 1))) end++;
    masked += text.slice(shown, at) + mask;
    shown = end;
    at = end - 1;
  }
  return masked + text.slice(shown);
}

function partsOf(spelling: string): readonly string[] {
  const count = Math.max(0, spelling.length - tellingLength + 1);
  return Array.from({ length: count }, (_, at) => spelling.slice(at, at + tellingLength));
}
