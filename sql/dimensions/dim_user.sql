select
  u.id as user_id,
  u.username,
  u.display_name,
  u.country,
  {{bool "u.is_bot"}} as is_bot,
  {{bool "u.deleted_at is not null or u.etl_deleted_at is not null"}} as is_deleted,
  u.created_at,
  coalesce(u.deleted_at, u.etl_deleted_at) as deleted_at,
  coalesce(u.etl_deleted_at, u.updated_at) as updated_at
from {{delta "stg_users"}} u
