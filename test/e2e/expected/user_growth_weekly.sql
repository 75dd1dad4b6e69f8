with recursive user_weeks as (
  select distinct user_id, date(date_sub(created_at, interval weekday(created_at) day)) as week_start
  from messages
  where deleted_at is null and user_id not in (select id from users where is_bot = 1)
),
weeks as (
  select min(week_start) as week_start, max(week_start) as last_week from user_weeks
  union all
  select date_add(week_start, interval 7 day), last_week from weeks where week_start < last_week
),
states as (
  select
    w.week_start,
    f.user_id,
    f.first_week,
    max(a.week_start = w.week_start) as is_active,
    max(a.week_start = date_sub(w.week_start, interval 7 day)) as was_active
  from weeks w
  join (select user_id, min(week_start) as first_week from user_weeks group by user_id) f on f.first_week <= w.week_start
  join user_weeks a on a.user_id = f.user_id
  group by w.week_start, f.user_id, f.first_week
)
select
  week_start,
  cast(sum(is_active) as signed) as active_users,
  cast(sum(is_active and first_week = week_start) as signed) as new_users,
  cast(sum(is_active and was_active) as signed) as retained_users,
  cast(sum(is_active and not was_active and first_week < week_start) as signed) as resurrected_users,
  cast(sum(was_active and not is_active) as signed) as churned_users,
  date_add(week_start, interval 1 week) <= date(:as_of) as is_complete
from states
group by week_start
