/**
 * The template helpers that write what differs between databases. One list for all engines; each engine's `helpers.ts`
 * says how it writes them. Arguments and results are SQL expressions as text. The results of a helper are the same on all
 * engines: doubles to 1e-12, all else exactly.
 */
import { EtlError } from '../errors.js';

export interface HelperSignature {
  /** The arguments, in order. A name ending in `?` may be left out. */
  readonly parameters: readonly string[];
  readonly description: string;
}

export const helperSignatures = {
  local_time: { parameters: ['timestamp'], description: 'A UTC timestamp in the analytic zone.' },
  date_of: { parameters: ['timestamp'], description: 'The analytic day of a UTC timestamp, as a date.' },
  date_key: { parameters: ['timestamp'], description: 'The analytic day of a UTC timestamp, as the integer yyyymmdd.' },
  hour_of: { parameters: ['timestamp'], description: 'The hour of the analytic day, 0 to 23.' },
  minute_of_day: { parameters: ['timestamp'], description: 'The minute of the analytic day, 0 to 1439.' },
  key_of_date: { parameters: ['date'], description: 'A date as the integer yyyymmdd.' },
  date_of_key: { parameters: ['key'], description: 'The date of an integer yyyymmdd.' },
  week_start: { parameters: ['date'], description: 'The Monday of the week of a date, as a date.' },
  month_start: { parameters: ['date'], description: 'The first day of the month of a date, as a date.' },
  day_of_week: { parameters: ['date'], description: 'The day of the week, 1 Monday to 7 Sunday.' },
  add_days: { parameters: ['date', 'days'], description: 'A date moved by a whole number of days.' },
  add_months: { parameters: ['date', 'months'], description: 'A date moved by a whole number of months.' },
  days_between: { parameters: ['from', 'to'], description: 'Whole days from one date to another.' },
  months_between: {
    parameters: ['from', 'to'],
    description: 'Calendar months from one date to another, by their months alone.',
  },
  seconds_between: { parameters: ['from', 'to'], description: 'Seconds from one timestamp to another, as a double.' },
  date_literal: { parameters: ['date'], description: 'A date literal from the text YYYY-MM-DD.' },
  ratio: {
    parameters: ['numerator', 'denominator'],
    description: 'A division as a double; NULL where the denominator is 0.',
  },
  average: { parameters: ['expression'], description: 'The average of a group, as a double.' },
  to_integer: { parameters: ['number'], description: 'A number as a 64-bit integer, cut toward zero.' },
  to_double: { parameters: ['expression'], description: 'A number, or the text of a number, as a double.' },
  to_text: { parameters: ['expression'], description: 'An integer, decimal, date or text as text.' },
  bool: {
    parameters: ['condition'],
    description: 'A condition, or a number of which 0 is false, as a boolean column: true, false or NULL.',
  },
  count_if: { parameters: ['condition'], description: 'How many rows of a group meet a condition.' },
  ascending: { parameters: ['expression'], description: 'An ORDER BY term, ascending, NULLs last.' },
  descending: { parameters: ['expression'], description: 'An ORDER BY term, descending, NULLs last.' },
  matches: {
    parameters: ['text', 'pattern'],
    description:
      'True where a text contains a match of a regular expression, in the syntax that RE2, ICU and PCRE share; ' +
      'upper and lower case differ unless it starts with (?i).',
  },
  json_text: {
    parameters: ['json', 'path'],
    description:
      'The text, integer or boolean at a JSON path, as text; NULL where there is none, or null, an object or an array, ' +
      'or where the JSON is malformed.',
  },
  date_series: {
    parameters: ['from', 'to'],
    description: 'A relation with one column `day`: all dates from one to another, both included.',
  },
  number_series: {
    parameters: ['from', 'to'],
    description: 'A relation with one column `n`: all integers from one to another, both included.',
  },
} as const satisfies Record<string, HelperSignature>;

export type HelperName = keyof typeof helperSignatures;

export interface HelperContext {
  /** The zone of the analytical day, an IANA name. */
  readonly timezone: string;
}

/** How an engine writes a helper: as many arguments as the signature has parameters, all SQL text. */
export type HelperRenderer = (args: readonly string[], context: HelperContext) => string;

export type HelperRenderers = Readonly<Record<HelperName, HelperRenderer>>;

/** An argument in brackets, so that what stands around it cannot tear it apart; names and numbers stay as they are. */
export function bracketed(sql: string): string {
  return /^[\w."]+$/.test(sql) ? sql : `(${sql})`;
}

/** A checked `YYYY-MM-DD` as a date literal, which all engines write alike. Errors: DEFINITION. */
export function dateLiteral(text: string): string {
  const day = new Date(`${text}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(day.getTime()) || !day.toISOString().startsWith(text)) {
    throw new EtlError('DEFINITION', `'${text}' is not a day`, { hint: 'write it as YYYY-MM-DD' });
  }
  return `date '${text}'`;
}
