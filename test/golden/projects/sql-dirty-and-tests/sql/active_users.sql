select user_id, count(*) as messages from {{ref "stg_messages"}} group by user_id
