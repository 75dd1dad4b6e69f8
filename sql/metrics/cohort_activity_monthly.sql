select
  u.cohort_month,
  a.month_start,
  count(*) as active_users
from {{ref "user_lifetime"}} u
join {{ref "user_activity_monthly"}} a on a.user_id = u.user_id
where {{dirty "u.cohort_month"}}
group by u.cohort_month, a.month_start
