with user_weeks as (
  select distinct user_id, date(date_sub(created_at, interval weekday(created_at) day)) as week_start
  from messages
  where deleted_at is null and user_id not in (select id from users where is_bot = 1)
),
seen as (
  select user_id, week_start, 'active' as kind from user_weeks
  union all
  select user_id, date_add(week_start, interval 7 day), 'before' from user_weeks
  union all
  select user_id, min(week_start), 'first' from user_weeks group by user_id
),
states as (
  select user_id, week_start, max(kind = 'active') as is_active, max(kind = 'before') as was_active, max(kind = 'first') as is_first
  from seen
  group by user_id, week_start
)
select
  week_start,
  cast(sum(is_active) as signed) as active_users,
  cast(sum(is_active and is_first) as signed) as new_users,
  cast(sum(is_active and was_active) as signed) as retained_users,
  cast(sum(is_active and not was_active and not is_first) as signed) as resurrected_users,
  cast(sum(was_active and not is_active) as signed) as churned_users
from states
group by week_start
