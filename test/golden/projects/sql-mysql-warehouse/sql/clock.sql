select {{hour_of "created_at"}} as hour,
  now() as loaded_at
from {{ref "stg_messages"}}
