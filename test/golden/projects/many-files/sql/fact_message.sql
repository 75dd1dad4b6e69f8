select m.id, {{date_keey "m.created_at"}} as date_key
from {{delta "stg_messages"}} m
