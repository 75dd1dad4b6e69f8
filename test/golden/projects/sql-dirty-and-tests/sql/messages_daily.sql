select {{date_of "m.created_at"}} as day, count(*) as messages
from {{ref "stg_messages"}} m
where {{dirty "m.create_at"}}
group by {{date_of "m.created_at"}}
