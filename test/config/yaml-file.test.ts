import { expect, test } from 'vitest';
import { parseYamlFile } from '../../src/config/yaml-file.js';

const text = `pipeline: chat
models:
  first:
    key: [id, day]
  second: &second { key: id,
    tests: [ { unique: id } ] }
  third: *second
`;

const file = parseYamlFile('pipelines/chat.yaml', text);
const at = (line: number, column: number) => ({ path: 'pipelines/chat.yaml', line, column });

test('a key and its value have places of their own', () => {
  expect(file.keyAt(['models', 'first', 'key'])).toEqual(at(4, 5));
  expect(file.valueAt(['models', 'first', 'key'])).toEqual(at(4, 10));
  expect(file.valueAt(['models', 'first', 'key', 1])).toEqual(at(4, 15));
  expect(file.valueAt(['models', 'second', 'tests', '0', 'unique'])).toEqual(at(6, 24));
});

test('a path that is not there has the place of what would hold it', () => {
  expect(file.valueAt(['models', 'first', 'strategy'])).toEqual(at(4, 5));
  expect(file.keyAt(['models', 'fourth', 'key'])).toEqual(at(2, 1));
  expect(file.has(['models', 'first', 'strategy'])).toBe(false);
});

test('what an alias stands for has the place where it is written', () => {
  expect(file.value).toMatchObject({ models: { third: { key: 'id' } } });
  expect(file.valueAt(['models', 'third', 'key'])).toEqual(at(5, 26));
});

test('a key that is there twice is one mistake, and the rest is still read', () => {
  const { problems, value } = parseYamlFile('x.yaml', 'a: 1\nb: 2\na: 3\n');
  expect(problems).toEqual([
    { severity: 'error', message: "the key 'a' is there twice", where: { path: 'x.yaml', line: 3, column: 1 } },
  ]);
  expect(value).toBeDefined();
});

test('broken syntax is told at its line, once a line, and gives no value', () => {
  const { problems, value } = parseYamlFile('x.yaml', 'a: b: c\nd: 1\ne: f: g\n');
  expect(value).toBeUndefined();
  expect(problems.map(({ where }) => where?.line)).toEqual([1, 3]);
});

test('an empty file is an empty value', () => {
  expect(parseYamlFile('x.yaml', '')).toMatchObject({ value: null, problems: [] });
});

test('an unquoted scalar is told from a quoted one', () => {
  const { isUnquoted } = parseYamlFile('x.yaml', 'a: 1\nb: "1"\n');
  expect([isUnquoted(['a']), isUnquoted(['b'])]).toEqual([true, false]);
});
