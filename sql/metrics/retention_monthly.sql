with months as (
  select distinct month_start
  from {{ref "dim_date"}}
  where month_start <= (select max(month_start) from {{ref "cohort_activity_monthly"}})
)
select
  c.cohort_month,
  {{months_between "c.cohort_month" "m.month_start"}} as months_since,
  c.active_users as cohort_users,
  coalesce(a.active_users, 0) as active_users,
  {{ratio "coalesce(a.active_users, 0)" "c.active_users"}} as retention
from {{ref "cohort_activity_monthly"}} c
join months m on m.month_start >= c.cohort_month
left join {{ref "cohort_activity_monthly"}} a on a.cohort_month = c.cohort_month and a.month_start = m.month_start
where c.month_start = c.cohort_month
