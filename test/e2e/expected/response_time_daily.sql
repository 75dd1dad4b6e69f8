with numbered as (
  select chat_id, user_id, created_at, row_number() over (partition by chat_id order by created_at, id) as place
  from messages
  where deleted_at is null and user_id not in (select id from users where is_bot = 1)
),
answers as (
  select
    b.chat_id,
    cast(date_format(b.created_at, '%Y%m%d') as signed) as date_key,
    timestampdiff(microsecond, a.created_at, b.created_at) as microseconds
  from numbered a
  join numbered b on b.chat_id = a.chat_id and b.place = a.place + 1
  where a.user_id <> b.user_id and b.created_at <= date_add(a.created_at, interval 24 hour)
),
sorted as (
  select
    chat_id,
    date_key,
    microseconds,
    count(*) over (partition by chat_id, date_key) as n,
    row_number() over (partition by chat_id, date_key order by microseconds) as place
  from answers
),
found as (
  select
    chat_id,
    date_key,
    n,
    sum(microseconds) as total,
    max(if(place = floor(1 + 0.5 * (n - 1)), microseconds, null)) as median_low,
    max(if(place = ceil(1 + 0.5 * (n - 1)), microseconds, null)) as median_high,
    max(if(place = floor(1 + 0.9 * (n - 1)), microseconds, null)) as p90_low,
    max(if(place = ceil(1 + 0.9 * (n - 1)), microseconds, null)) as p90_high,
    0.9 * (n - 1) - floor(0.9 * (n - 1)) as p90_part
  from sorted
  group by chat_id, date_key, n
)
select
  chat_id,
  date_key,
  n as responses,
  (median_low + median_high) / 2 / 1e6 as median_seconds,
  (p90_low + p90_part * (p90_high - p90_low)) / 1e6 as p90_seconds,
  total / 1e6 / n as average_seconds
from found
