select
  year(created_at) * 10000 + month(created_at) * 100 + day(created_at) as date_key,
  date(min(created_at)) as day,
  cast(sum(1) as signed) as messages,
  cast(sum(reply_to_id is not null) as signed) as replies,
  cast(sum(edited_at is not null) as signed) as edited_messages,
  count(distinct user_id) as senders,
  count(distinct chat_id) as chats,
  sum(char_length(body)) / (count(body) + 0e0) as average_chars
from messages
where deleted_at is null and user_id not in (select id from users where is_bot = 1)
group by date_key
