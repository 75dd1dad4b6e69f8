select
  user_id,
  date(min(created_at)) as first_day,
  str_to_date(date_format(min(created_at), '%Y-%m-01'), '%Y-%m-%d') as cohort_month,
  date(min(created_at)) - interval weekday(min(created_at)) day as first_week,
  date(max(created_at)) as last_day,
  count(distinct date(created_at)) as active_days,
  count(*) as messages
from messages
where deleted_at is null and user_id not in (select id from users where is_bot = 1)
group by user_id
