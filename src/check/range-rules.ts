/** Can a column be compared with the ends of a range? */
import { errorAt } from '../config/problems.js';
import { formatType } from '../engines/type-text.js';
import type { Column } from '../engines/types.js';
import type { Place, Problem } from '../errors.js';
import type { Bound, RowTest } from '../pipeline/data-test.js';

/** @param at the place of an end, or of the column's name */
export function rangeRules(
  { name, type }: Column,
  test: Extract<RowTest, { kind: 'range' }>,
  at: (key: 'column' | 'min' | 'max') => Place,
): readonly Problem[] {
  const expected = expectedOf(type.kind);
  if (expected === undefined)
    return [errorAt(at('column'), `'range' compares no ${formatType(type)}`, 'use expression')];
  return (['min', 'max'] as const).flatMap((end) => {
    const bound = test[end];
    if (bound === undefined || expected.fits(bound)) return [];
    const shown = typeof bound === 'number' ? bound : `the text '${bound}'`;
    const message = `'${end}' must be ${expected.words}, as '${name}' is ${formatType(type)}, but is ${shown}`;
    return [errorAt(at(end), message)];
  });
}

interface Expected {
  readonly words: string;
  readonly fits: (bound: Bound) => boolean;
}

function expectedOf(kind: Column['type']['kind']): Expected | undefined {
  switch (kind) {
    case 'integer':
    case 'decimal':
    case 'float':
    case 'double':
      return { words: 'a number', fits: (bound) => typeof bound === 'number' };
    case 'date':
      return { words: 'a day such as 2026-01-31', fits: (bound) => isMoment(bound, day) };
    case 'timestamp':
      return { words: 'a day or a moment such as 2026-01-31 12:00', fits: (bound) => isMoment(bound, moment) };
    case 'text':
      return { words: 'text', fits: (bound) => typeof bound === 'string' };
    default:
      return undefined;
  }
}

const day = /^\d{4}-\d\d-\d\d$/;
const moment = /^\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$/;

function isMoment(bound: Bound, form: RegExp): boolean {
  if (typeof bound !== 'string' || !form.test(bound)) return false;
  const [date = '', time = '00:00'] = bound.split(' ');
  const parsed = new Date(`${date}T${time}Z`);
  // The 30th of February is read as a day of March.
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
}
