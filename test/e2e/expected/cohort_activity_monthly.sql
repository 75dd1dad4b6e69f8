with user_months as (
  select user_id, date(created_at) - interval day(created_at) - 1 day as month_start
  from messages
  where deleted_at is null and user_id not in (select id from users where is_bot = 1)
)
select f.month_start as cohort_month, m.month_start, count(distinct m.user_id) as active_users
from user_months m
join user_months f on f.user_id = m.user_id
where not exists (select 1 from user_months e where e.user_id = f.user_id and e.month_start < f.month_start)
group by f.month_start, m.month_start
