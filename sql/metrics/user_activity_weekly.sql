with activity as (
  select distinct a.user_id, d.week_start
  from {{ref "fact_user_activity_daily"}} a
  join {{ref "dim_date"}} d on d.date_key = a.date_key
  where a.messages > 0 and {{dirty "d.week_start" before=7}}
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
  s.user_id,
  s.week_start,
  case
    when s.week_start = l.first_week then 'new'
    when s.days_since_previous = 7 then 'retained'
    else 'resurrected'
  end as state
from steps s
join {{ref "user_lifetime"}} l on l.user_id = s.user_id
where {{dirty "s.week_start"}}

union all

select user_id, {{add_days "week_start" 7}}, 'churned'
from steps
where (days_until_next is null or days_until_next > 7) and {{dirty (add_days "week_start" 7)}}

-- Kept in this order, DuckDB passes over the weeks before those that a run compares.
order by week_start
