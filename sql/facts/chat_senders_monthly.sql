select
  m.chat_id,
  m.user_id,
  d.month_start,
  count(*) as messages,
  {{count_if "m.is_reply"}} as replies,
  min(m.created_at) as first_message_at,
  max(m.created_at) as last_message_at
from {{ref "fact_message"}} m
join {{ref "dim_date"}} d on d.date_key = m.date_key
where {{> counted row="m"}} and {{dirty "d.month_start"}}
group by m.chat_id, m.user_id, d.month_start
