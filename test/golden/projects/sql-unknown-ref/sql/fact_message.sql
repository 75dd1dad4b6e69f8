select m.id as message_id,
  u.username
from {{ref "stg_mesages"}} m
join {{ref "dim_user"}} u on u.id = m.user_id
