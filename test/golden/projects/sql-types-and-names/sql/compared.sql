select id
from {{ref "stg_messages"}}
where created_at > 5
