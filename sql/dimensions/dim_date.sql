select
  {{key_of_date "d.day"}} as date_key,
  d.day,
  extract(year from d.day) as year,
  extract(quarter from d.day) as quarter,
  extract(month from d.day) as month,
  substring('JanFebMarAprMayJunJulAugSepOctNovDec', 3 * extract(month from d.day) - 2, 3) as month_name,
  {{month_start "d.day"}} as month_start,
  {{week_start "d.day"}} as week_start,
  extract(day from d.day) as day_of_month,
  {{day_of_week "d.day"}} as day_of_week,
  substring('MonTueWedThuFriSatSun', 3 * {{day_of_week "d.day"}} - 2, 3) as day_name,
  {{day_of_week "d.day"}} >= 6 as is_weekend
from {{date_series (date_literal calendar.first_day) (date_literal calendar.last_day)}} d
