with recursive clock as (
  select 0 as seconds
  union all
  select seconds + 60 from clock where seconds < 43140
),
minutes as (
  select seconds from clock
  union all
  select seconds + 43200 from clock
)
select
  seconds div 60 as minute_of_day,
  hour(sec_to_time(seconds)) as hour_of_day,
  minute(sec_to_time(seconds)) as minute_of_hour,
  left(sec_to_time(seconds), 5) as time_of_day,
  elt(1 + seconds div 21600, 'night', 'morning', 'afternoon', 'evening') as day_part
from minutes
