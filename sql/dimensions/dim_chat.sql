select
  c.id as chat_id,
  c.type as chat_type,
  c.title,
  c.created_by,
  {{date_key "c.created_at"}} as created_date_key,
  {{bool "c.deleted_at is not null or c.etl_deleted_at is not null"}} as is_deleted,
  c.created_at,
  coalesce(c.deleted_at, c.etl_deleted_at) as deleted_at
from {{delta "stg_chats"}} c
