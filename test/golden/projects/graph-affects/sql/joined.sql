select m.*
from {{delta "stg_messages"}} m
join {{ref "stg_users"}} u on u.id = m.user_id
