select id from {{ref "stg_users"}}
