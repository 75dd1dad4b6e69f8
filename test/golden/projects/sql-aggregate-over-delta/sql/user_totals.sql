with recent as (
  select * from {{delta "stg_messages"}} where deleted_at is null
)
select user_id, count(*) as messages, max(created_at) as last_at
from recent
group by user_id
