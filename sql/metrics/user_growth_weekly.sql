with activity as (
  select distinct user_id, {{week_start (date_of_key "date_key")}} as week_start
  from {{ref "fact_user_activity_daily"}}
  where messages > 0
),
steps as (
  select
    week_start,
    {{add_days "week_start" 7}} as following_week,
    {{days_between "lag(week_start) over user_weeks" "week_start"}} as days_since_previous,
    {{days_between "week_start" "lead(week_start) over user_weeks"}} as days_until_next
  from activity
  window user_weeks as (partition by user_id order by week_start)
),
present as (
  select
    week_start,
    count(*) as active_users,
    {{count_if "days_since_previous is null"}} as new_users,
    {{count_if "days_since_previous = 7"}} as retained_users,
    {{count_if "days_since_previous > 7"}} as resurrected_users
  from steps
  group by week_start
),
absent as (
  select following_week as week_start, count(*) as churned_users
  from steps
  where days_until_next is null or days_until_next > 7
  group by following_week
),
weeks as (
  select distinct week_start
  from {{ref "dim_date"}}
  where week_start between (select min(week_start) from present) and (select max(week_start) from present)
)
select
  w.week_start,
  coalesce(p.active_users, 0) as active_users,
  coalesce(p.new_users, 0) as new_users,
  coalesce(p.retained_users, 0) as retained_users,
  coalesce(p.resurrected_users, 0) as resurrected_users,
  coalesce(a.churned_users, 0) as churned_users,
  {{add_days "w.week_start" 7}} <= {{as_of_date}} as is_complete
from weeks w
left join present p on p.week_start = w.week_start
left join absent a on a.week_start = w.week_start
