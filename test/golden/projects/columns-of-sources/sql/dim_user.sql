select name_of_user from {{ref "stg_users"}}
