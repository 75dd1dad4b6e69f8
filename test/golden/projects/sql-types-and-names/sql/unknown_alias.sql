select m.id
from {{ref "stg_messages"}} msg
