// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of YAML
import { expect, test } from 'vitest';
import { fillVariables } from '../../src/config/fill.js';
import { parseYamlFile } from '../../src/config/yaml-file.js';

function fill(text: string, variables: Record<string, string | undefined>) {
  const file = parseYamlFile('config.yaml', text);
  return fillVariables(file.value, variables, file);
}

test('variables and defaults are filled in, inside of texts too', () => {
  const { value, problems } = fill('host: "db.${ZONE}.${DOMAIN:-example.com}"\nlist: ["${ZONE}"]', { ZONE: 'eu' });
  expect(value).toEqual({ host: 'db.eu.example.com', list: ['eu'] });
  expect(problems).toEqual([]);
});

test('a value can never become YAML', () => {
  expect(fill('user: ${USER_NAME}', { USER_NAME: 'a\nhost: evil # {}' }).value).toEqual({ user: 'a\nhost: evil # {}' });
});

test('a value is not filled again', () => {
  expect(fill('a: ${A}', { A: '${B}', B: 'no' }).value).toEqual({ a: '${B}' });
});

test('$${ is a literal ${', () => {
  expect(fill('a: "$${HOME} and ${B}"', { B: 'b' }).value).toEqual({ a: '${HOME} and b' });
});

test('an empty variable takes its default and is else the empty text', () => {
  expect(fill('a: "${A:-x}"\nb: "${A}"\nc: "${A:-}"', { A: '' }).value).toEqual({ a: 'x', b: '', c: '' });
});

test('an unset variable without default is a mistake at its value', () => {
  const { problems } = fill('a: 1\nhost: ${OLTP_HOST}', { OLTP_HOSTS: 'x' });
  expect(problems).toMatchObject([
    {
      message: 'the variable OLTP_HOST is not set',
      where: { line: 2, column: 7 },
      hint: expect.stringContaining('OLTP_HOSTS is set'),
    },
  ]);
});

test('values of secret keys and of secretly named variables are kept back', () => {
  const text = 'password: ${A}\nsink: { slack_url: "https://x/${B}" }\ncommand: run ${MY_TOKEN}\nhost: ${C}';
  const { secrets } = fill(text, { A: 'aa', B: 'bb', C: 'cc', MY_TOKEN: 'dd' });
  expect(secrets).toEqual(['aa', 'bb', 'dd']);
});
