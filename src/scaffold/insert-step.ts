/** Puts a new source or model into a pipeline's file; not a character of what stands there changes. */
import { isMap, isScalar, type Node, type Pair, parseDocument } from 'yaml';

export type Section = 'sources' | 'models';

/**
 * The text with the step at the end of its section, which is made where it is missing.
 * @param step lines of YAML without indentation, the step's name first
 * @returns undefined where the section is not written as a block, a name a line
 */
export function insertStep(text: string, section: Section, step: string): string | undefined {
  const document = parseDocument(text);
  const pairs = isMap(document.contents) ? document.contents.items : [];
  const pair = pairs.find(({ key }) => isScalar(key) && key.value === section);
  if (pair === undefined) return `${text.trimEnd()}\n\n${section}:\n${indented(step, 2)}\n`;
  const keyEnd = endOf(pair.key);
  if (isScalar(pair.value) && pair.value.value === null) return after(text, keyEnd, indented(step, 2));
  if (!isMap(pair.value) || pair.value.flow === true) return undefined;
  const steps = pair.value.items as readonly Pair<Node, Node | null>[];
  const [first] = steps;
  const last = steps.at(-1);
  const column = columnOf(text, first?.key.range?.[0] ?? 0);
  const end = Math.max(endOf(last?.key), endOf(last?.value));
  return after(text, text.slice(0, end).trimEnd().length, `\n${indented(step, column)}`);
}

function endOf(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[1] ?? 0;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/** Behind the line in which the offset is, with the comment at its end. */
function after(text: string, offset: number, lines: string): string {
  const found = text.indexOf('\n', offset);
  const end = found < 0 ? text.length : found;
  return `${text.slice(0, end)}\n${lines}${text.slice(end) === '' ? '\n' : text.slice(end)}`;
}

function indented(lines: string, by: number): string {
  return lines.replace(/^(?=.)/gm, ' '.repeat(by));
}
