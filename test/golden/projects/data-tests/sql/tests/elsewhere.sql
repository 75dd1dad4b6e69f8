select m.message_id
from {{ref "fact_message"}} m
join {{ref "sound"}} s on s.message_id = m.message_id
join {{ref "fact_mesage"}} f on f.message_id = m.message_id
join {{delta "stg_messages"}} d on d.id = m.message_id
