select m.id as message_id, m.sender_id, {{date_of "m.sent_at"}} as day, m.chars, m.crc, m.price, m.sent_at
from {{delta "stg_messages"}} m
