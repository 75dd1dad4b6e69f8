select id, name, updated_at from {{delta "stg_users"}}
