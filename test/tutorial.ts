/** Follows a page of the docs as a reader would: types its commands, makes its changes, compares what is printed. */
import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { chatEtl } from './cli/capture.js';

export interface Block {
  readonly language: string;
  readonly text: string;
  /** The file that the paragraph before it names last. */
  readonly file: string | undefined;
}

const fileName = /`((?:sql|pipelines|unit_tests)\/[\w/]+\.(?:sql|yaml))`/g;

/** The fenced blocks of a text. */
export function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => {
    const paragraph = text.slice(0, match.index).trimEnd().split('\n\n').at(-1) ?? '';
    const file = [...paragraph.matchAll(fileName)].at(-1)?.[1];
    return { language: match[1] ?? '', text: match[2] ?? '', file };
  });
}

/** Does all steps in order, beginning in a folder; `cd` moves on from there. */
export async function follow(steps: readonly Block[], folder: string): Promise<void> {
  let [printed, at] = ['', folder];
  for (const step of steps) {
    if (step.language === 'sh') [printed, at] = await doAll(step.text, at);
    else if (step.language === 'text') expectPrinted(printed, step.text);
    else edit(step, at);
  }
}

/** A command a line; what they print, and the folder where they end. */
async function doAll(commands: string, folder: string): Promise<[string, string]> {
  let [printed, at] = ['', folder];
  for (const line of commands.trim().split('\n')) {
    const [, flags] = /^npx chat-etl (.*)$/.exec(line) ?? [];
    const [, moved] = /^cd (\S+)$/.exec(line) ?? [];
    if (moved !== undefined) {
      at = join(at, moved);
    } else if (flags === undefined) {
      printed += (await promisify(execFile)('sh', ['-c', line], { cwd: at })).stdout;
    } else {
      const { stdout, stderr } = await chatEtl(...words(flags), '--root', at);
      printed += stdout + stderr;
    }
  }
  return [printed, at];
}

/** As a shell splits them: what stands in double quotes is one. */
function words(flags: string): readonly string[] {
  return [...flags.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

/** SQL files are written whole, YAML is added at the end, or is a new file with tests; a diff changes lines. */
function edit({ language, text, file }: Block, folder: string): void {
  if (file === undefined) throw new Error(`no file is named before the block\n${text}`);
  const path = join(folder, file);
  const isNew = language === 'sql' || text.startsWith('# yaml-language-server');
  expect(existsSync(path), `${file} before the ${language} block`).toBe(!isNew);
  if (isNew) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (language === 'yaml') appendFileSync(path, text);
  else {
    expect(language).toBe('diff');
    const lines = (sign: string) =>
      text.split('\n').flatMap((line) => (line.startsWith(sign) ? [line.slice(sign.length)] : []));
    const before = readFileSync(path, 'utf8');
    expect(before).toContain(lines('-').join('\n'));
    writeFileSync(path, before.replace(lines('-').join('\n'), lines('+').join('\n')));
  }
}

/** Each line is printed as shown; numbers, emoji and widths of columns aside, which are another day's. */
function expectPrinted(printed: string, shown: string): void {
  const lines = printed.split('\n').map(shape);
  for (const line of shown.trim().split('\n')) {
    if (line !== '' && line !== '…') expect(lines, printed).toContain(shape(line));
  }
}

/** Without what differs from day to day, as the demo's rows do. */
function shape(line: string): string {
  const places: string[] = [];
  const kept = line.replace(/\S+:\d+:\d+/g, (place) => `@${places.push(place)}@`);
  return kept
    .replace(/\b1 row\b/g, '# rows')
    .replace(/(rows), the first \d+$/, '$1')
    .replace(/\d[\d,.]*(?: (?:ms|s|B|kB|MB)\b)?/g, '#')
    .replace(/# row\b/g, '# rows')
    .replace(/@#@/g, () => places.shift() ?? '')
    .replace(/(?![✔✖])\p{Extended_Pictographic}\uFE0F?/gu, '#')
    .replace(/─+/g, '─')
    .replace(/\s+/g, ' ')
    .trim();
}
