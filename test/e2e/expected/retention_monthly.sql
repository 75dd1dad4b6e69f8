with recursive user_months as (
  select distinct user_id, year(created_at) * 12 + month(created_at) - 1 as month_number
  from messages
  where deleted_at is null and user_id not in (select id from users where is_bot = 1)
),
first_months as (
  select user_id, min(month_number) as cohort from user_months group by user_id
),
cells as (
  select distinct cohort, 0 as months_since from first_months
  union all
  select cohort, months_since + 1
  from cells
  where cohort + months_since < (select max(month_number) from user_months)
)
select
  makedate(c.cohort div 12, 1) + interval c.cohort % 12 month as cohort_month,
  c.months_since,
  count(f.user_id) as cohort_users,
  count(m.user_id) as active_users,
  count(m.user_id) / (count(f.user_id) + 0e0) as retention
from cells c
join first_months f on f.cohort = c.cohort
left join user_months m on m.user_id = f.user_id and m.month_number = c.cohort + c.months_since
group by c.cohort, c.months_since
