with cohorts as (
  select {{month_start "first_day"}} as cohort_month, count(*) as cohort_users
  from {{ref "user_lifetime"}}
  group by 1
),
months as (
  select distinct month_start
  from {{ref "dim_date"}}
  where month_start <= (select max(month_start) from {{ref "user_activity_monthly"}})
),
activity as (
  select {{month_start "u.first_day"}} as cohort_month, a.month_start, count(*) as active_users
  from {{ref "user_activity_monthly"}} a
  join {{ref "user_lifetime"}} u on u.user_id = a.user_id
  group by 1, 2
)
select
  c.cohort_month,
  {{months_between "c.cohort_month" "m.month_start"}} as months_since,
  c.cohort_users,
  coalesce(a.active_users, 0) as active_users,
  {{ratio "coalesce(a.active_users, 0)" "c.cohort_users"}} as retention
from cohorts c
join months m on m.month_start >= c.cohort_month
left join activity a on a.cohort_month = c.cohort_month and a.month_start = m.month_start
