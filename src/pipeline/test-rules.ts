/** What the settings of a data test must be to make sense, whatever the columns are. */
import { errorAt } from '../config/problems.js';
import type { Problem } from '../errors.js';
import { type DataTest, isRowTest, rowKinds } from './data-test.js';
import type { Definition } from './parse.js';

export function testRules(definition: Definition): readonly Problem[] {
  if (!definition.sound) return [];
  return definition.step.tests.flatMap((test, index) => [
    ...boundRules(definition, test, index),
    ...atMostRules(definition, test, index),
  ]);
}

/** Only rows can be counted that fail by themselves, and a change is always compared with something. */
function atMostRules({ keyAt }: Definition, test: DataTest, index: number): readonly Problem[] {
  if (test.kind === 'change') {
    if (test.atMost !== undefined) return [];
    return [errorAt(keyAt('tests', index, 'change'), "'at_most' is missing", 'e.g. at_most: 30 %')];
  }
  if (test.atMost === undefined || isRowTest(test)) return [];
  return [errorAt(keyAt('tests', index, 'at_most'), `'at_most' does not go with '${test.kind}'`, atMostHint)];
}

const atMostHint = `it goes with ${[...rowKinds, 'change'].join(', ')}`;

/** An interval has an end, and is not empty. */
function boundRules(definition: Definition, test: DataTest, index: number): readonly Problem[] {
  if (test.kind !== 'range' && test.kind !== 'row_count') return [];
  const { min, max } = test;
  if (min === undefined && max === undefined)
    return [errorAt(definition.keyAt('tests', index, test.kind), "one of 'min', 'max' is missing")];
  if (min === undefined || max === undefined || typeof min !== typeof max || min <= max) return [];
  return [
    errorAt(definition.valueAt('tests', index, test.kind, 'max'), `'max' must be at least 'min', which is ${min}`),
  ];
}
