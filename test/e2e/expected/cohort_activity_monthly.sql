with user_months as (
  select distinct user_id, date(created_at) - interval day(created_at) - 1 day as month_start
  from messages
  where deleted_at is null and user_id not in (select id from users where is_bot = 1)
),
cohorts as (
  select user_id, month_start, first_value(month_start) over (partition by user_id order by month_start) as cohort_month
  from user_months
)
select cohort_month, month_start, count(*) as active_users
from cohorts
group by cohort_month, month_start
