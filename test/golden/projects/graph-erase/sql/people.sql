select id as user_id, name, changed_at from {{delta "stg_users"}}
