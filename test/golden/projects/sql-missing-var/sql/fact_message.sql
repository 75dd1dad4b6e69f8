select user_id, count(*) > {{var "activity.hihg"}} as is_high, {{var "activity"}} as thresholds
from {{ref "stg_messages"}}
group by user_id
