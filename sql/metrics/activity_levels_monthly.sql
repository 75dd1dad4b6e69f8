select
  month_start,
  activity_level,
  count(*) as users,
  {{to_integer "sum(messages)"}} as messages,
  {{ratio "count(*)" "sum(count(*)) over (partition by month_start)"}} as share_of_users
from {{ref "user_activity_monthly"}}
group by month_start, activity_level
