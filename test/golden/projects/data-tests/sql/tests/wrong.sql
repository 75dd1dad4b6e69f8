select message_id
from {{ref "fact_message"}}
where messageid < 0
