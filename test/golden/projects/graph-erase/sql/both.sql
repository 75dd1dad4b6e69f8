select u.id as user_id, u.name, c.changed_at from {{ref "stg_users"}} u join {{ref "stg_chats"}} c on c.id = u.id
