select
  m.chat_id,
  m.date_key,
  count(*) as messages,
  {{count_if "m.is_reply"}} as replies,
  count(distinct m.user_id) as senders
from {{ref "fact_message"}} m
where {{> counted row="m"}} and {{dirty "m.date_key"}}
group by m.chat_id, m.date_key
