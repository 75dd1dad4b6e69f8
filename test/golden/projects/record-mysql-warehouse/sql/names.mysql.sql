select group_concat(name) as names from {{ref "stg_users"}}
