select * from {{ref "stg_users"}}
join {{ref "c"}} using (id)
