select wrong from {{ref "stg_users"}}
