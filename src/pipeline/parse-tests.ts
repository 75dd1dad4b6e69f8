/** Data tests of a source or model. */
import { parseDurationMs } from '../config/duration.js';
import { choiceOf, isObject, namesOf, objectOf, type RawObject, textOf, wholeNumberOf } from '../config/raw.js';
import type { Place } from '../errors.js';
import type { AtMost, Bound, DataTest } from './data-test.js';
import type { RawStep } from './parse.js';

/** The tests in their order; those that the schema refused are left out. */
export function parseTests(step: RawStep): readonly DataTest[] {
  const raw: readonly unknown[] = Array.isArray(step.raw.tests) ? step.raw.tests : [];
  return raw.flatMap((test, index) => (isObject(test) ? parseTest(test, step.valueAt('tests', index)) : []));
}

function parseTest(raw: RawObject, where: Place): readonly DataTest[] {
  const severity = choiceOf(raw.severity, ['error', 'warn']);
  const base = { severity, filter: textOf(raw.where), where, atMost: atMostOf(raw.at_most) };
  if (raw.unique !== undefined) return [{ ...base, kind: 'unique', columns: namesOf(raw.unique) }];
  if (raw.not_null !== undefined) return [{ ...base, kind: 'not_null', columns: namesOf(raw.not_null) }];
  if (raw.accepted_values !== undefined) return acceptedValues(base, objectOf(raw.accepted_values));
  if (raw.relationship !== undefined) return relationship(base, objectOf(raw.relationship));
  if (raw.range !== undefined) return range(base, objectOf(raw.range));
  if (raw.expression !== undefined) return expression(base, raw.expression);
  if (raw.row_count !== undefined) return [rowCount(base, objectOf(raw.row_count))];
  if (raw.freshness !== undefined) return freshness(base, objectOf(raw.freshness));
  if (raw.no_gaps !== undefined) return noGaps(base, objectOf(raw.no_gaps));
  if (raw.change !== undefined) return change(base, raw.change);
  if (raw.sql !== undefined) return sqlFile(base, raw.sql);
  return [];
}

type TestBase = Pick<DataTest, 'severity' | 'filter' | 'where' | 'atMost'>;

function atMostOf(value: unknown): AtMost | undefined {
  const rows = wholeNumberOf(value);
  if (rows !== undefined) return { rows };
  const [, percent] = /^(\d+(?:\.\d+)?) ?%$/.exec(textOf(value) ?? '') ?? [];
  return percent === undefined ? undefined : { percent: Number(percent) };
}

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

function range(base: TestBase, raw: RawObject): readonly DataTest[] {
  const column = textOf(raw.column);
  return column === undefined ? [] : [{ ...base, kind: 'range', column, min: boundOf(raw.min), max: boundOf(raw.max) }];
}

function boundOf(value: unknown): Bound | undefined {
  return typeof value === 'number' || typeof value === 'string' ? value : undefined;
}

function expression(base: TestBase, raw: unknown): readonly DataTest[] {
  const condition = textOf(raw);
  return condition === undefined ? [] : [{ ...base, kind: 'expression', condition }];
}

function rowCount(base: TestBase, raw: RawObject): DataTest {
  return { ...base, kind: 'row_count', min: wholeNumberOf(raw.min), max: wholeNumberOf(raw.max) };
}

function freshness(base: TestBase, raw: RawObject): readonly DataTest[] {
  const column = textOf(raw.column);
  const withinMs = parseDurationMs(textOf(raw.within) ?? '');
  return column === undefined || withinMs === undefined ? [] : [{ ...base, kind: 'freshness', column, withinMs }];
}

function noGaps(base: TestBase, raw: RawObject): readonly DataTest[] {
  const column = textOf(raw.column);
  const unit = choiceOf(raw.unit, ['day', 'week', 'month']);
  const per = raw.per === undefined ? [] : namesOf(raw.per);
  return column === undefined ? [] : [{ ...base, kind: 'no_gaps', column, unit, per }];
}

function change(base: TestBase, raw: unknown): readonly DataTest[] {
  const metric = textOf(raw);
  return metric === undefined ? [] : [{ ...base, kind: 'change', metric }];
}

function sqlFile(base: TestBase, raw: unknown): readonly DataTest[] {
  const file = textOf(raw);
  return file === undefined ? [] : [{ ...base, kind: 'sql', file, template: undefined, reads: [] }];
}
