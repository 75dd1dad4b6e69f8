select user_id, body, count(*) as n
from {{ref "stg_messages"}}
group by user_id
