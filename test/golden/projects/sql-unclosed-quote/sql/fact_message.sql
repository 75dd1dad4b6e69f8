select id as message_id, {{date_key "created_at}} as day
from {{ref "stg_messages"}}
