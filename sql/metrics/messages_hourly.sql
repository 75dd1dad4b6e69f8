select
  m.date_key,
  t.hour_of_day,
  count(*) as messages,
  count(distinct m.user_id) as senders
from {{ref "fact_message"}} m
join {{ref "dim_time"}} t on t.minute_of_day = m.minute_of_day
where {{> counted row="m"}} and {{dirty "m.date_key"}}
group by m.date_key, t.hour_of_day
