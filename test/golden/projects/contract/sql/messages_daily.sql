select
  {{date_of "m.created_at"}} as day,
  count(*) as messages,
  min(m.created_at) as first_at,
  cast(count(*) / 100.0 as decimal(18, 2)) as price,
  {{average "m.user_id"}} as average_user,
  {{bool "count(*) > 100"}} as is_many
from {{ref "stg_messages"}} m
group by 1
