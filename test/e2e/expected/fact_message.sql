select
  id as message_id,
  chat_id,
  user_id,
  reply_to_id,
  cast(date_format(created_at, '%Y%m%d') as signed) as date_key,
  timestampdiff(minute, date(created_at), created_at) as minute_of_day,
  char_length(body) as body_chars,
  if(reply_to_id is null, 0, 1) as is_reply,
  if(edited_at is null, 0, 1) as is_edited,
  if(deleted_at is null, 0, 1) as is_deleted,
  user_id in (select id from users where is_bot = 1) as is_bot,
  created_at
from messages
