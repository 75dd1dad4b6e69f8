select m.*, u.name
from {{delta "stg_mesages"}} m
join {{ref "stg_user"}} u on u.id = m.user_id
