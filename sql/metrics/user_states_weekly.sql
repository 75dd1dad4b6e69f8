select
  week_start,
  {{count_if "state <> 'churned'"}} as active_users,
  {{count_if "state = 'new'"}} as new_users,
  {{count_if "state = 'retained'"}} as retained_users,
  {{count_if "state = 'resurrected'"}} as resurrected_users,
  {{count_if "state = 'churned'"}} as churned_users
from {{ref "user_activity_weekly"}}
where {{dirty "week_start"}}
group by week_start
