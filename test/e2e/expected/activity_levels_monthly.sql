with user_months as (
  select user_id, date(date_format(created_at, '%Y-%m-01')) as month_start, count(*) as messages
  from messages
  where deleted_at is null and user_id not in (select id from users where is_bot = 1)
  group by user_id, month_start
),
levels as (
  select 'low' as activity_level, 1 as at_least, 10 as below
  union all
  select 'medium', 10, 50
  union all
  select 'high', 50, 1000000000
),
totals as (
  select month_start, count(*) as users from user_months group by month_start
)
select
  m.month_start,
  l.activity_level,
  count(*) as users,
  cast(sum(m.messages) as signed) as messages,
  (count(*) + 0e0) / t.users as share_of_users
from user_months m
join levels l on m.messages >= l.at_least and m.messages < l.below
join totals t on t.month_start = m.month_start
group by m.month_start, l.activity_level, t.users
