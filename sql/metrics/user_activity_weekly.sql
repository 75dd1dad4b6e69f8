with activity as (
  select distinct user_id, {{week_start (date_of_key "date_key")}} as week_start
  from {{ref "fact_user_activity_daily"}}
  where messages > 0 and {{dirty "user_id"}}
),
steps as (
  select
    user_id,
    week_start,
    {{days_between "lag(week_start) over user_weeks" "week_start"}} as days_since_previous,
    {{days_between "week_start" "lead(week_start) over user_weeks"}} as days_until_next
  from activity
  window user_weeks as (partition by user_id order by week_start)
)
select
  user_id,
  week_start,
  case
    when days_since_previous is null then 'new'
    when days_since_previous = 7 then 'retained'
    else 'resurrected'
  end as state
from steps

union all

select user_id, {{add_days "week_start" 7}}, 'churned'
from steps
where days_until_next is null or days_until_next > 7
