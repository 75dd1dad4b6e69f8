select id, now() as loaded_at,
  uuid() as row_id
from {{ref "stg_messages"}}
where created_at > current_date - interval 1 day
