select
  user_id,
  str_to_date(concat(date_format(created_at, '%Y-%m'), '-01'), '%Y-%m-%d') as month_start,
  count(*) as messages,
  count(distinct date(created_at)) as active_days,
  date(min(created_at)) as first_day,
  date(max(created_at)) as last_day,
  if(count(*) >= 50, 'high', if(count(*) >= 10, 'medium', if(count(*) >= 1, 'low', 'minimal'))) as activity_level
from messages
where deleted_at is null and user_id not in (select id from users where is_bot = 1)
group by user_id, month_start
