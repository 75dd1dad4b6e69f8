with user_weeks as (
  select distinct user_id, date(date_sub(created_at, interval weekday(created_at) day)) as week_start
  from messages
  where deleted_at is null and user_id not in (select id from users where is_bot = 1)
),
concerned as (
  select user_id, week_start from user_weeks
  union
  select user_id, date_add(week_start, interval 7 day) from user_weeks
)
select
  c.user_id,
  c.week_start,
  if(
    c.week_start not in (select w.week_start from user_weeks w where w.user_id = c.user_id),
    'churned',
    if(
      date_sub(c.week_start, interval 7 day) in (select w.week_start from user_weeks w where w.user_id = c.user_id),
      'retained',
      if(c.week_start = (select min(w.week_start) from user_weeks w where w.user_id = c.user_id), 'new', 'resurrected')
    )
  ) as state
from concerned c
