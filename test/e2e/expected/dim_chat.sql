select
  id as chat_id,
  concat(type, '') as chat_type,
  title,
  created_by,
  cast(date_format(created_at, '%Y%m%d') as signed) as created_date_key,
  if(deleted_at is null, 0, 1) as is_deleted,
  created_at,
  deleted_at
from chats
