select {{date_key "f.sent_at"}} as date_key, count(*) as messages
from {{ref "fact_message"}} f
join {{ref "stg_messages"}} m on m.id = f.message_id
where {{dirty "f.sent_att"}}
group by {{date_key "f.sent_at"}}
