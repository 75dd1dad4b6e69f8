with digits as (
  select 0 as d union all select 1 union all select 2 union all select 3 union all select 4
  union all select 5 union all select 6 union all select 7 union all select 8 union all select 9
),
days as (
  select date_add('2010-01-01', interval a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d day) as x
  from digits a, digits b, digits c, digits e, digits f
)
select
  cast(date_format(x, '%Y%m%d') as signed) as date_key,
  cast(x as date) as day,
  year(x) as year,
  floor((month(x) + 2) / 3) as quarter,
  month(x) as month,
  left(monthname(x), 3) as month_name,
  str_to_date(date_format(x, '%Y-%m-01'), '%Y-%m-%d') as month_start,
  str_to_date(concat(yearweek(x, 3), ' Monday'), '%x%v %W') as week_start,
  dayofmonth(x) as day_of_month,
  (dayofweek(x) + 5) % 7 + 1 as day_of_week,
  left(dayname(x), 3) as day_name,
  dayname(x) in ('Saturday', 'Sunday') as is_weekend
from days
where x <= '2039-12-31'
