/** What a schema expects and what a value is, in words. */
import type { ErrorObject } from 'ajv';
import type { YamlPath } from './yaml-file.js';

/** What was expected: the schema's own `title` where it has one, as in 'a duration such as 30m'. */
export function expectation(error: ErrorObject): string {
  const title: unknown = error.parentSchema?.title;
  if (typeof title === 'string') return title;
  switch (error.keyword) {
    case 'type':
      return [error.params.type]
        .flat()
        .map((type) => typeWords[String(type)] ?? String(type))
        .join(' or ');
    case 'enum':
      return oneOfWords(error.params.allowedValues as readonly unknown[]);
    case 'const':
      return `'${String(error.params.allowedValue)}'`;
    case 'minimum':
      return `at least ${String(error.params.limit)}`;
    case 'maximum':
      return `at most ${String(error.params.limit)}`;
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return 'filled';
    case 'uniqueItems':
      return 'a list without repeats';
    default:
      return error.message ?? 'different';
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'empty',
};

/** What a value is, without showing more of it than a short text, number or boolean. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping';
  if (typeof value !== 'string') return String(value);
  if (value === '') return 'empty text';
  return value.length <= 60 ? `the text '${value}'` : 'a long text';
}

/** `'batch_size'`, `'on[0]'`, `the file`. */
export function labelOf(path: YamlPath): string {
  let index = path.length;
  while (index > 1 && /^\d+$/.test(String(path[index - 1]))) index--;
  const name = path[index - 1];
  if (name === undefined) return 'the file';
  return `'${name}${path
    .slice(index)
    .map((position) => `[${position}]`)
    .join('')}'`;
}

function oneOfWords(values: readonly unknown[]): string {
  const words = values.map(String);
  return words.length === 1 ? `${words[0]}` : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
