select id, lenth(body) as chars
from {{ref "stg_messages"}}
