/**
 * The template helpers in the SQL that MySQL 8.0 and MariaDB 10.6 share. A zone other than UTC needs the server's zone
 * tables; `Warehouse.checkTimezone` looks for them before anything is written, since `convert_tz` answers NULL without.
 * Where the server's zone arithmetic ends in 2038 (MariaDB, MySQL before 8.0.28), times outside 1970 to 2038 stay in UTC.
 */
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
  return `convert_tz(${bracketed(timestamp)}, '+00:00', '${timezone.replaceAll("'", "''")}')`;
}

const asDate = (date: string): string => `cast(${date} as date)`;
const keyOf = (date: string): string => `cast(${date} as signed)`;
const yearMonth = (date: string): string => `extract(year_month from ${asDate(date)})`;
/** A column's own collation may ignore case; this one never does, on all servers. */
const caseSensitive = (text: string): string => `convert(${text} using utf8mb4) collate utf8mb4_bin`;

/** A relation of all steps from one value to another. Each bound stands in it once: a scratch table may be read only once. */
function series(column: string, from: string, to: string, next: string): string {
  return `(with recursive bounds as (select ${from} as low, ${to} as high), \
steps as (select low as ${column}, high from bounds where low <= high \
union all select ${next}, high from steps where ${column} < high) select ${column} from steps)`;
}

export const helpers: HelperRenderers = {
  local_time: overLocal((time) => time),
  date_of: overLocal(asDate),
  date_key: overLocal((time) => keyOf(asDate(time))),
  hour_of: overLocal((time) => `hour(${time})`),
  minute_of_day: overLocal((time) => `(hour(${time}) * 60 + minute(${time}))`),
  key_of_date: over((date) => keyOf(asDate(date))),
  date_of_key: over(asDate),
  week_start: over((date) => `date_sub(${asDate(date)}, interval weekday(${date}) day)`),
  month_start: over((date) => `date_sub(${asDate(date)}, interval dayofmonth(${date}) - 1 day)`),
  day_of_week: over((date) => `(weekday(${date}) + 1)`),
  add_days: over((date, days) => `date_add(${asDate(date)}, interval ${days} day)`),
  add_months: over((date, months) => `date_add(${asDate(date)}, interval ${months} month)`),
  days_between: over((from, to) => `datediff(${to}, ${from})`),
  months_between: over((from, to) => `period_diff(${yearMonth(to)}, ${yearMonth(from)})`),
  seconds_between: over((from, to) => `(timestampdiff(microsecond, ${from}, ${to}) / 1e6)`),
  date_literal: ([text = '']) => dateLiteral(text),
  ratio: over((numerator, denominator) => `((${numerator} + 0e0) / nullif(${denominator} + 0e0, 0))`),
  average: over((expression) => `avg(${expression} + 0e0)`),
  to_integer: over((number) => `cast(truncate(${number}, 0) as signed)`),
  to_double: over((expression) => `(${expression} + 0e0)`),
  to_text: over((expression) => `cast(${expression} as char)`),
  bool: over((condition) => `(${condition} <> 0)`),
  count_if: over((condition) => `count(case when ${condition} then 1 end)`),
  ascending: over((expression) => `${expression} is null, ${expression} asc`),
  descending: over((expression) => `${expression} is null, ${expression} desc`),
  matches: over((text, pattern) => `(${caseSensitive(text)} regexp ${pattern})`),
  json_text: over((json, path) => {
    const value = `json_extract(case when json_valid(${json}) then ${json} end, ${path})`;
    return `(case when json_type(${value}) not in ('OBJECT', 'ARRAY', 'NULL') then json_unquote(${value}) end)`;
  }),
  date_series: over((from, to) => series('day', asDate(from), asDate(to), 'date_add(day, interval 1 day)')),
  number_series: over((from, to) => series('n', `cast(${from} as signed)`, `cast(${to} as signed)`, 'n + 1')),
};
