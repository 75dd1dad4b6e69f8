with minutes as (
  select
    s.n as minute_of_day,
    {{to_integer (ratio "s.n" 60)}} as hour_of_day,
    s.n % 60 as minute_of_hour
  from {{number_series 0 1439}} s
)
select
  minute_of_day,
  hour_of_day,
  minute_of_hour,
  lpad({{to_text "hour_of_day"}}, 2, '0') || ':' || lpad({{to_text "minute_of_hour"}}, 2, '0') as time_of_day,
  case
    when hour_of_day < 6 then 'night'
    when hour_of_day < 12 then 'morning'
    when hour_of_day < 18 then 'afternoon'
    else 'evening'
  end as day_part
from minutes
