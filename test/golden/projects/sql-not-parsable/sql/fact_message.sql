select m.id as message_id,
	'😀' as mood,, {{date_key "m.created_at"}} as day
from {{ref "stg_messages"}} m
