/** The template helpers in DuckDB's SQL. Time zones are those of the ICU library that DuckDB has built in. */
import { bracketed, dateLiteral, type HelperRenderer, type HelperRenderers } from '../helpers.js';

/** A renderer whose arguments arrive in brackets. */
const over =
  (write: (...args: string[]) => string): HelperRenderer =>
  (args) =>
    write(...args.map(bracketed));

/** As `over`, for a UTC timestamp: it is moved into the analytic zone first. */
const overLocal =
  (write: (time: string) => string): HelperRenderer =>
  (args, context) =>
    write(localTime(args[0] ?? '', context.timezone));

function localTime(timestamp: string, timezone: string): string {
  if (timezone === 'UTC') return bracketed(timestamp);
  return `timezone('${timezone.replaceAll("'", "''")}', timezone('UTC', ${bracketed(timestamp)}))`;
}

const asDate = (date: string): string => `cast(${date} as date)`;
const keyOf = (date: string): string => `(year(${date}) * 10000 + month(${date}) * 100 + day(${date}))`;
const microseconds = (from: string, to: string): string =>
  `date_diff('microsecond', cast(${from} as timestamp), cast(${to} as timestamp))`;

export const helpers: HelperRenderers = {
  local_time: overLocal((time) => time),
  date_of: overLocal(asDate),
  date_key: overLocal((time) => keyOf(asDate(time))),
  hour_of: overLocal((time) => `hour(${time})`),
  minute_of_day: overLocal((time) => `(hour(${time}) * 60 + minute(${time}))`),
  key_of_date: over((date) => keyOf(asDate(date))),
  date_of_key: over((key) => `make_date(${key} // 10000, ${key} // 100 % 100, ${key} % 100)`),
  week_start: over((date) => `cast(date_trunc('week', ${asDate(date)}) as date)`),
  month_start: over((date) => `cast(date_trunc('month', ${asDate(date)}) as date)`),
  day_of_week: over((date) => `isodow(${asDate(date)})`),
  add_days: over((date, days) => `(${asDate(date)} + cast(${days} as integer))`),
  add_months: over((date, months) => `cast(${asDate(date)} + to_months(cast(${months} as integer)) as date)`),
  days_between: over((from, to) => `date_diff('day', ${asDate(from)}, ${asDate(to)})`),
  months_between: over((from, to) => `date_diff('month', ${asDate(from)}, ${asDate(to)})`),
  seconds_between: over((from, to) => `(${microseconds(from, to)} / 1e6)`),
  date_literal: ([text = '']) => dateLiteral(text),
  ratio: over((numerator, denominator) => `(cast(${numerator} as double) / nullif(cast(${denominator} as double), 0))`),
  average: over((expression) => `avg(cast(${expression} as double))`),
  to_integer: over((number) => `cast(trunc(${number}) as bigint)`),
  to_double: over((expression) => `cast(${expression} as double)`),
  to_text: over((expression) => `cast(${expression} as varchar)`),
  bool: over((condition) => `cast(${condition} as boolean)`),
  count_if: over((condition) => `count(case when ${condition} then 1 end)`),
  ascending: over((expression) => `${expression} asc nulls last`),
  descending: over((expression) => `${expression} desc nulls last`),
  matches: over((text, pattern) => `regexp_matches(${text}, ${pattern})`),
  json_text: over((json, path) => {
    const valid = `(case when json_valid(${json}) then ${json} end)`;
    const scalar = `json_type(${valid}, ${path}) not in ('OBJECT', 'ARRAY')`;
    return `(case when ${scalar} then json_extract_string(${valid}, ${path}) end)`;
  }),
  date_series: over(
    (from, to) =>
      `(select cast(unnest(generate_series(${asDate(from)}, ${asDate(to)}, interval 1 day)) as date) as day)`,
  ),
  number_series: over(
    (from, to) => `(select unnest(generate_series(cast(${from} as bigint), cast(${to} as bigint))) as n)`,
  ),
};
