select
  user_id,
  min(first_day) as first_day,
  {{month_start "min(first_day)"}} as cohort_month,
  {{week_start "min(first_day)"}} as first_week,
  max(last_day) as last_day,
  {{to_integer "sum(active_days)"}} as active_days,
  {{to_integer "sum(messages)"}} as messages
from {{ref "user_activity_monthly"}}
where {{dirty "user_id"}}
group by user_id
