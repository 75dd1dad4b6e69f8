/** Composes texts of the demo's chats. */
import type { Random } from './random.js';
import { cyrillicPhrases, emoji, oddTexts, phrases, places, subjects } from './words.js';

/** A message: mostly a sentence or two, at times with emoji, in Cyrillic, or with characters that must survive every step. */
export function messageBody(random: Random): string {
  if (random.chance(0.04)) return random.pick(oddTexts);
  const source = random.chance(0.2) ? cyrillicPhrases : phrases;
  let body = random.pick(source);
  while (random.chance(0.35)) body += `. ${random.pick(source)}`;
  if (random.chance(0.15)) body += ` ${random.pick(emoji)}`;
  return body;
}

export function editedBody(random: Random): string {
  return `${messageBody(random)} (edited ✏️)`;
}

export function chatTitle(random: Random): string {
  const title = `${random.pick(subjects)} ${random.pick(places)}`;
  return random.chance(0.1) ? `${title} ${random.pick(emoji)}` : title;
}
