select
  r.id as reaction_id,
  r.message_id,
  m.chat_id,
  r.user_id,
  m.user_id as author_id,
  cast(date_format(r.created_at, '%Y%m%d') as signed) as date_key,
  timestampdiff(minute, date(r.created_at), r.created_at) as minute_of_day,
  r.emoji,
  if(r.user_id = m.user_id, 1, 0) as is_own_message,
  if(m.deleted_at is null, 0, 1) as is_deleted,
  r.user_id in (select id from users where is_bot = 1) as is_bot,
  m.user_id in (select id from users where is_bot = 1) as is_author_bot,
  r.created_at
from reactions r, messages m
where m.id = r.message_id and r.removed_at is null
