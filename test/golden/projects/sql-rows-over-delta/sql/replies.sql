select m.id, a.user_id as answers_to
from {{delta "stg_messages"}} m
left join {{delta "stg_messages"}} a on a.id = m.reply_to
