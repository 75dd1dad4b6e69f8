with activity as (
  select user_id, {{date_of_key "date_key"}} as day
  from {{ref "fact_user_activity_daily"}}
  where messages > 0
),
reach as (
  -- An active day counts for itself and the 27 days after it.
  select
    {{add_days "a.day" "s.n"}} as day,
    a.user_id,
    min(s.n) as days_ago
  from activity a
  cross join {{number_series 0 27}} s
  group by 1, 2
),
users as (
  select
    day,
    {{count_if "days_ago = 0"}} as dau,
    {{count_if "days_ago < 7"}} as wau,
    count(*) as mau
  from reach
  group by day
)
select
  {{key_of_date "day"}} as date_key,
  day,
  dau,
  wau,
  mau,
  {{ratio "dau" "mau"}} as stickiness
from users
where day <= (select max(day) from activity)
