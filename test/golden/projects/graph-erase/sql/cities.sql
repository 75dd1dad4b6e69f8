select city, count(*) as users from {{ref "stg_users"}} where {{dirty "city"}} group by city
