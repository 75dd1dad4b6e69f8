select
  id as message_id,
  body,
  created_at as sent_at,
  {{date_of "created_at"}} as day,
  {{bool "updated_at > created_at"}} as is_late
from {{ref "stg_messages"}}
