select
  u.id as user_id,
  u.username,
  u.display_name,
  u.country,
  {{bool "u.is_bot"}} as is_bot,
  {{bool "u.deleted_at is not null"}} as is_deleted,
  u.created_at,
  u.deleted_at,
  u.updated_at
from {{delta "stg_users"}} u
