select user_id
from {{ref "stg_messages"}}
where count(*) > 1
group by user_id
