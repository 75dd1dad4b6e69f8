select * from {{ref "stg_messages"}} where created_at > now() - interval 1 day
