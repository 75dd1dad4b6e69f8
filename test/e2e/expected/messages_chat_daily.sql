select
  chat_id,
  date_key,
  cast(sum(messages) as signed) as messages,
  cast(sum(replies) as signed) as replies,
  count(*) as senders
from (
  select
    chat_id,
    cast(date_format(created_at, '%Y%m%d') as signed) as date_key,
    user_id,
    count(*) as messages,
    count(reply_to_id) as replies
  from messages
  where deleted_at is null and user_id not in (select id from users where is_bot = 1)
  group by chat_id, date_key, user_id
) by_sender
group by chat_id, date_key
