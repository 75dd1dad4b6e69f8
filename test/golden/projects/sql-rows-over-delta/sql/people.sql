select user_id from {{delta "stg_messages"}}
union
select id from {{ref "stg_users"}}
