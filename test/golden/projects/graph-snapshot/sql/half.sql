select u.* from {{delta "stg_users"}} u join {{ref "stg_messages"}} m on m.user_id = u.id
