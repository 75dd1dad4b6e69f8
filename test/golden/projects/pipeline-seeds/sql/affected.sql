select u.id, c.code from {{delta "stg_users"}} u left join {{ref "good"}} c on c.code = u.code
