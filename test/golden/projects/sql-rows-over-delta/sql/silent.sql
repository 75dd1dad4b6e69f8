select id as user_id, updated_at from {{delta "stg_users"}}
except
select user_id, updated_at from {{ref "stg_messages"}}
