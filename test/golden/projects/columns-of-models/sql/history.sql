select id, name, updated_at from {{ref "stg_users"}}
