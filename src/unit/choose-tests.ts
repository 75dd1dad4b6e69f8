/** Which unit tests names choose. */
import { EtlError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import { matcherOf } from '../pipeline/selector.js';
import type { UnitTest } from './types.js';

/**
 * The tests that any of the names means; all where there is none. A name or glob is that of a table whose rows are expected, of
 * a file, or of the test itself. Errors: USAGE where one means no test.
 */
export function chooseTests(tests: readonly UnitTest[], names: readonly string[]): readonly UnitTest[] {
  if (names.length === 0) return tests;
  const matchers = names.map(matcherOf);
  names.forEach((name, index) => {
    const isMeant = matchers[index] ?? (() => false);
    if (tests.some((test) => namesOf(test).some(isMeant))) return;
    const known = [...new Set(tests.flatMap(namesOf))];
    const hint = didYouMean(name, known) ?? 'name a tested table, a file of unit_tests/, or a test';
    throw new EtlError('USAGE', `no unit test is of '${name}'`, { hint });
  });
  return tests.filter((test) => namesOf(test).some((name) => matchers.some((isMeant) => isMeant(name))));
}

function namesOf({ name, file, steps }: UnitTest): readonly string[] {
  const tables = steps.flatMap(({ expect }) => expect).map(({ table }) => table);
  const stem = file.replace(/^.*\//, '').replace(/\.ya?ml$/, '');
  return [...new Set([...tables, file, stem, name])];
}
