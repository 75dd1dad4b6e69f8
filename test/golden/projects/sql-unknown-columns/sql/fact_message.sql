select
  m.id as message_id,
	m.user_idd as user_id,
  {{date_of "m.created_at"}} as day
from {{delta "stg_messages"}} m
