with months as (
  select
    user_id,
    {{month_start (date_of_key "date_key")}} as month_start,
    {{to_integer "sum(messages)"}} as messages,
    count(*) as active_days
  from {{ref "fact_user_activity_daily"}}
  where messages > 0 and {{dirty "user_id"}}
  group by 1, 2
)
select
  user_id,
  month_start,
  messages,
  active_days,
  case
    when messages >= {{var "activity.high"}} then 'high'
    when messages >= {{var "activity.medium"}} then 'medium'
    when messages >= {{var "activity.low"}} then 'low'
    else 'minimal'
  end as activity_level
from months
