select
  m.body,
  updated_at
from {{ref "stg_messages"}} m
join {{ref "stg_users"}} u on u.id = m.user_id
