select id, name from {{ref "stg_users"}}
union all
select id from {{ref "stg_messages"}}
