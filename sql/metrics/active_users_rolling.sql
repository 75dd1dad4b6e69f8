with activity as (
  select user_id, {{date_of_key "date_key"}} as day
  from {{ref "fact_user_activity_daily"}}
  where messages > 0 and {{dirty "date_key" before=27}}
),
steps as (
  select day, {{days_between "day" "lead(day) over user_days"}} as days_until_next
  from activity
  window user_days as (partition by user_id order by day)
),
reach as (
  -- An active day counts for itself and the 27 days after it, or until the user's next one.
  select {{add_days "a.day" "s.n"}} as day, s.n as days_ago
  from steps a
  join {{number_series 0 27}} s on s.n < coalesce(a.days_until_next, 28)
)
select
  {{key_of_date "day"}} as date_key,
  day,
  {{count_if "days_ago = 0"}} as dau,
  {{count_if "days_ago < 7"}} as wau,
  count(*) as mau,
  {{ratio (count_if "days_ago = 0") "count(*)"}} as stickiness
from reach
where {{dirty (key_of_date "day")}}
group by day
