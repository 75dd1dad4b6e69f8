with weeks as (
  select distinct week_start
  from {{ref "dim_date"}}
  where
    week_start >= (select min(week_start) from {{ref "user_states_weekly"}})
    and week_start <= (select max(week_start) from {{ref "user_states_weekly"}} where active_users > 0)
)
select
  w.week_start,
  coalesce(s.active_users, 0) as active_users,
  coalesce(s.new_users, 0) as new_users,
  coalesce(s.retained_users, 0) as retained_users,
  coalesce(s.resurrected_users, 0) as resurrected_users,
  coalesce(s.churned_users, 0) as churned_users,
  {{add_days "w.week_start" 7}} <= {{as_of_date}} as is_complete
from weeks w
left join {{ref "user_states_weekly"}} s on s.week_start = w.week_start
