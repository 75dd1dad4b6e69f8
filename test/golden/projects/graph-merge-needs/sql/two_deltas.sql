select m.id
from {{delta "stg_messages"}} m
join {{delta "stg_users"}} u on u.id = m.user_id
