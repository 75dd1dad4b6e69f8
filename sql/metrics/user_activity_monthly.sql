with months as (
  select
    a.user_id,
    d.month_start,
    {{to_integer "sum(a.messages)"}} as messages,
    count(*) as active_days,
    {{date_of_key "min(a.date_key)"}} as first_day,
    {{date_of_key "max(a.date_key)"}} as last_day
  from {{ref "fact_user_activity_daily"}} a
  join {{ref "dim_date"}} d on d.date_key = a.date_key
  where a.messages > 0 and {{dirty "d.month_start"}}
  group by a.user_id, d.month_start
)
select
  user_id,
  month_start,
  messages,
  active_days,
  first_day,
  last_day,
  case
    when messages >= {{var "activity.high"}} then 'high'
    when messages >= {{var "activity.medium"}} then 'medium'
    when messages >= {{var "activity.low"}} then 'low'
    else 'minimal'
  end as activity_level
from months
