select id as message_id
from {{ref "stg_messages"}}
{{#if exclude_bots}}
where user_id > 0
