select * from {{ref "first"}} join {{ref "stg_users"}} u using (id)
