/** A seed is small, and is text. */
import { expect, test } from 'vitest';
import { checkProject } from '../../src/pipeline/load.js';
import { compileOptions, configWith } from './project-files.js';

const pipeline =
  'pipeline: p\nseeds: { words: { file: seeds/words.csv, key: word, columns: { word: { type: text } } } }';

async function check(csv: string) {
  const config = await configWith({ 'pipelines/p.yaml': pipeline, 'seeds/words.csv': csv });
  const { project, problems } = await checkProject(config, await compileOptions());
  return { project, problems: problems.map(({ message, where }) => [message, where?.line, where?.column]) };
}

const lines = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`).join('\n');

test('a seed has up to 10,000 rows', async () => {
  expect((await check(`word\n${lines(10_000)}`)).problems).toEqual([]);
  expect((await check(`word\n${lines(10_001)}`)).problems).toEqual([
    ['this seed has 10001 rows; 10000 are the most', 10_002, 1],
  ]);
});

test('a seed has up to 1 MB', async () => {
  expect((await check(`word\n${'x'.repeat(999_995)}`)).problems).toEqual([]);
  expect((await check(`word\n${'ä'.repeat(500_000)}`)).problems).toEqual([
    ['this seed has 1000005 bytes; 1000000 are the most', 1, 1],
  ]);
});

test('of many mistakes the first 20 are told', async () => {
  const { problems } = await check(`word\n${'a\n'.repeat(100)}`);
  expect(problems).toHaveLength(20);
});

test('a file that is no text is refused', async () => {
  expect((await check('word\na\0b')).problems).toEqual([['this file is no text in UTF-8', 1, 1]]);
});

test('a seed is a table model of the project', async () => {
  const { project } = await check('word\nhello');
  expect(project?.order).toEqual(['words']);
  expect(project?.models.get('words')?.model).toMatchObject({
    strategy: 'table',
    key: ['word'],
    sqlFile: 'seeds/words.csv',
  });
});
