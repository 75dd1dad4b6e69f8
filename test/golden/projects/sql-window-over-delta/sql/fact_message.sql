-- 😀 Ответы по порядку
select id as message_id,
	row_number() over (partition by chat_id order by id) as place
from {{delta "stg_messages"}}
