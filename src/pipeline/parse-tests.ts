/** Data tests of a source or model. */
import { choiceOf, isObject, namesOf, objectOf, type RawObject, textOf } from '../config/raw.js';
import type { Place } from '../errors.js';
import type { RawStep } from './parse.js';
import type { DataTest } from './types.js';

/** The tests in their order; those that the schema refused are left out. */
export function parseTests(step: RawStep): readonly DataTest[] {
  const raw: readonly unknown[] = Array.isArray(step.raw.tests) ? step.raw.tests : [];
  return raw.flatMap((test, index) => (isObject(test) ? parseTest(test, step.valueAt('tests', index)) : []));
}

function parseTest(raw: RawObject, where: Place): readonly DataTest[] {
  const base = { severity: choiceOf(raw.severity, ['error', 'warn']), filter: textOf(raw.where), where };
  if (raw.unique !== undefined) return [{ ...base, kind: 'unique', columns: namesOf(raw.unique) }];
  if (raw.not_null !== undefined) return [{ ...base, kind: 'not_null', columns: namesOf(raw.not_null) }];
  if (raw.accepted_values !== undefined) return acceptedValues(base, objectOf(raw.accepted_values));
  if (raw.relationship !== undefined) return relationship(base, objectOf(raw.relationship));
  return [];
}

type TestBase = Pick<DataTest, 'severity' | 'filter' | 'where'>;

function acceptedValues(base: TestBase, raw: RawObject): readonly DataTest[] {
  const list: readonly unknown[] = Array.isArray(raw.values) ? raw.values : [];
  const values = list.filter(
    (value) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
  );
  const column = textOf(raw.column);
  return column === undefined ? [] : [{ ...base, kind: 'accepted_values', column, values }];
}

function relationship(base: TestBase, raw: RawObject): readonly DataTest[] {
  const column = textOf(raw.column);
  const [, toTable, toColumn] = /^([^.]+)\.(.+)$/.exec(textOf(raw.to) ?? '') ?? [];
  if (column === undefined || toTable === undefined || toColumn === undefined) return [];
  return [{ ...base, kind: 'relationship', column, toTable, toColumn }];
}
