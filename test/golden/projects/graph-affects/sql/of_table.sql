select m.* from {{delta "stg_messages"}} m
join {{ref "a_table"}} a on a.id = m.user_id
join {{ref "stg_logs"}} l on l.user_id = a.id
