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
  select chat_id, date_key, microseconds, row_number() over (partition by chat_id, date_key order by microseconds) as place
  from answers
),
totals as (
  select
    chat_id,
    date_key,
    count(*) as responses,
    sum(microseconds) as microseconds,
    1 + 0.5 * (count(*) - 1) as median_place,
    1 + 0.9 * (count(*) - 1) as p90_place
  from answers
  group by chat_id, date_key
)
select
  t.chat_id,
  t.date_key,
  t.responses,
  (ml.microseconds + (t.median_place - floor(t.median_place)) * (mh.microseconds - ml.microseconds)) / 1e6 as median_seconds,
  (pl.microseconds + (t.p90_place - floor(t.p90_place)) * (ph.microseconds - pl.microseconds)) / 1e6 as p90_seconds,
  t.microseconds / 1e6 / t.responses as average_seconds
from totals t
join sorted ml on ml.chat_id = t.chat_id and ml.date_key = t.date_key and ml.place = floor(t.median_place)
join sorted mh on mh.chat_id = t.chat_id and mh.date_key = t.date_key and mh.place = ceil(t.median_place)
join sorted pl on pl.chat_id = t.chat_id and pl.date_key = t.date_key and pl.place = floor(t.p90_place)
join sorted ph on ph.chat_id = t.chat_id and ph.date_key = t.date_key and ph.place = ceil(t.p90_place)
