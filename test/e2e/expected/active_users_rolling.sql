with recursive user_days as (
  select distinct user_id, date(created_at) as day
  from messages
  where deleted_at is null and user_id not in (select id from users where is_bot = 1)
),
days as (
  select min(day) as day, date_add(max(day), interval 27 day) as last_day from user_days
  union all
  select date_add(day, interval 1 day), last_day from days where day < last_day
),
counted as (
  select
    d.day,
    count(distinct if(a.day = d.day, a.user_id, null)) as dau,
    count(distinct if(a.day >= date_sub(d.day, interval 6 day), a.user_id, null)) as wau,
    count(distinct a.user_id) as mau
  from days d
  join user_days a on a.day between date_sub(d.day, interval 27 day) and d.day
  group by d.day
)
select
  cast(date_format(day, '%Y%m%d') as signed) as date_key,
  day,
  dau,
  wau,
  mau,
  (dau + 0e0) / mau as stickiness
from counted
