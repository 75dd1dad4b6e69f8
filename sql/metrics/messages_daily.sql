select
  m.date_key,
  {{date_of_key "m.date_key"}} as day,
  count(*) as messages,
  {{count_if "m.is_reply"}} as replies,
  {{count_if "m.is_edited"}} as edited_messages,
  count(distinct m.user_id) as senders,
  count(distinct m.chat_id) as chats,
  {{average "m.body_chars"}} as average_chars
from {{ref "fact_message"}} m
where {{> counted row="m"}} and {{dirty "m.date_key"}}
group by m.date_key
