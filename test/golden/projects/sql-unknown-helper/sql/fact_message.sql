select id as message_id,
  {{date_kee "created_at"}} as date_key,
  {{uppercase "body"}} as body,
  {{exclude_bot}} as bots
from {{ref "stg_messages"}}
