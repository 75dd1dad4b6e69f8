select *, {{as_of}} as seen_at, today() as seen_on from {{ref "stg_users"}}
