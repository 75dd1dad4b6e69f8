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
  /** As a template writes it. */
  readonly example: string;
}

export const helperSignatures = {
  local_time: {
    parameters: ['timestamp'],
    example: '{{local_time "m.created_at"}}',
    description: 'A UTC timestamp in the analytic zone.',
  },
  date_of: {
    parameters: ['timestamp'],
    example: '{{date_of "m.created_at"}}',
    description: 'The analytic day of a UTC timestamp, as a date.',
  },
  date_key: {
    parameters: ['timestamp'],
    example: '{{date_key "m.created_at"}}',
    description: 'The analytic day of a UTC timestamp, as the integer yyyymmdd.',
  },
  hour_of: {
    parameters: ['timestamp'],
    example: '{{hour_of "m.created_at"}}',
    description: 'The hour of the analytic day, 0 to 23.',
  },
  minute_of_day: {
    parameters: ['timestamp'],
    example: '{{minute_of_day "m.created_at"}}',
    description: 'The minute of the analytic day, 0 to 1439.',
  },
  key_of_date: {
    parameters: ['date'],
    example: '{{key_of_date "d.day"}}',
    description: 'A date as the integer yyyymmdd.',
  },
  date_of_key: {
    parameters: ['key'],
    example: '{{date_of_key "m.date_key"}}',
    description: 'The date of an integer yyyymmdd.',
  },
  week_start: {
    parameters: ['date'],
    example: '{{week_start "d.day"}}',
    description: 'The Monday of the week of a date, as a date.',
  },
  month_start: {
    parameters: ['date'],
    example: '{{month_start (date_of "m.created_at")}}',
    description: 'The first day of the month of a date, as a date.',
  },
  day_of_week: {
    parameters: ['date'],
    example: '{{day_of_week "d.day"}}',
    description: 'The day of the week, 1 Monday to 7 Sunday.',
  },
  add_days: {
    parameters: ['date', 'days'],
    example: '{{add_days "d.day" -27}}',
    description: 'A date moved by a whole number of days.',
  },
  add_months: {
    parameters: ['date', 'months'],
    example: '{{add_months "d.day" 1}}',
    description: 'A date moved by a whole number of months.',
  },
  days_between: {
    parameters: ['from', 'to'],
    example: '{{days_between "first_day" "d.day"}}',
    description: 'Whole days from one date to another.',
  },
  months_between: {
    parameters: ['from', 'to'],
    example: '{{months_between "first_day" "d.day"}}',
    description: 'Calendar months from one date to another, by their months alone.',
  },
  seconds_between: {
    parameters: ['from', 'to'],
    example: '{{seconds_between "q.created_at" "a.created_at"}}',
    description: 'Seconds from one timestamp to another, as a double.',
  },
  date_literal: {
    parameters: ['date'],
    example: '{{date_literal "2026-01-01"}}',
    description: 'A date literal from the text YYYY-MM-DD.',
  },
  ratio: {
    parameters: ['numerator', 'denominator'],
    example: '{{ratio "replies" "messages"}}',
    description: 'A division as a double; NULL where the denominator is 0.',
  },
  average: {
    parameters: ['expression'],
    example: '{{average "m.characters"}}',
    description: 'The average of a group, as a double.',
  },
  to_integer: {
    parameters: ['number'],
    example: '{{to_integer "m.characters / 2"}}',
    description: 'A number as a 64-bit integer, cut toward zero.',
  },
  to_double: {
    parameters: ['expression'],
    example: '{{to_double "m.characters"}}',
    description: 'A number, or the text of a number, as a double.',
  },
  to_text: {
    parameters: ['expression'],
    example: '{{to_text "m.message_id"}}',
    description: 'An integer, decimal, date or text as text.',
  },
  bool: {
    parameters: ['condition'],
    example: '{{bool "u.deleted_at is not null"}}',
    description: 'A condition, or a number of which 0 is false, as a boolean column: true, false or NULL.',
  },
  count_if: {
    parameters: ['condition'],
    example: '{{count_if "m.is_reply"}}',
    description: 'How many rows of a group meet a condition.',
  },
  ascending: {
    parameters: ['expression'],
    example: 'order by {{ascending "m.edited_at"}}',
    description: 'An ORDER BY term, ascending, NULLs last.',
  },
  descending: {
    parameters: ['expression'],
    example: 'order by {{descending "m.edited_at"}}',
    description: 'An ORDER BY term, descending, NULLs last.',
  },
  matches: {
    parameters: ['text', 'pattern'],
    example: `{{matches "m.body" "'^(?i)hello'"}}`,
    description:
      'True where a text contains a match of a regular expression, in the syntax that RE2, ICU and PCRE share; ' +
      'upper and lower case differ unless it starts with (?i).',
  },
  json_text: {
    parameters: ['json', 'path'],
    example: `{{json_text "e.payload" "'$.plan'"}}`,
    description:
      'The text, integer or boolean at a JSON path, as text; NULL where there is none, or null, an object or an array, ' +
      'or where the JSON is malformed.',
  },
  date_series: {
    parameters: ['from', 'to'],
    example: 'from {{date_series (date_literal "2026-01-01") (as_of_date)}} as d',
    description: 'A relation with one column `day`: all dates from one to another, both included.',
  },
  number_series: {
    parameters: ['from', 'to'],
    example: 'from {{number_series 0 23}} as h',
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
