select m.id as message_id, m.user_id, m.body, m.created_at as sent_at, u.is_bot
from {{delta "stg_messages"}} m
left join {{ref "stg_users"}} u on u.id = m.user_id
