select id as message_id, user_id from {{ref "stg_messages"}}
