select
  hour_key div 100 as date_key,
  hour_key % 100 as hour_of_day,
  cast(sum(messages) as signed) as messages,
  count(*) as senders
from (
  select cast(date_format(created_at, '%Y%m%d%H') as signed) as hour_key, user_id, count(*) as messages
  from messages
  where deleted_at is null and user_id not in (select id from users where is_bot = 1)
  group by hour_key, user_id
) by_sender
group by hour_key
