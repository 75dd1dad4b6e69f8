select
  user_id,
  {{date_of_key "min(date_key)"}} as first_day,
  {{month_start (date_of_key "min(date_key)")}} as cohort_month,
  {{date_of_key "max(date_key)"}} as last_day,
  count(*) as active_days,
  {{to_integer "sum(messages)"}} as messages
from {{ref "fact_user_activity_daily"}}
where messages > 0 and {{dirty "user_id"}}
group by user_id
