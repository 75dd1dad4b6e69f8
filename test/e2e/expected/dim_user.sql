select
  id as user_id,
  username,
  display_name,
  country,
  is_bot,
  if(deleted_at is null, 0, 1) as is_deleted,
  created_at,
  deleted_at
from users
