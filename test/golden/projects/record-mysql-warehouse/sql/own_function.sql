select find_in_set(name, body) as place from {{ref "stg_users"}} u join {{ref "stg_messages"}} m on m.user_id = u.id
