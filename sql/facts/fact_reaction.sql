select
  r.id as reaction_id,
  r.message_id,
  m.chat_id,
  r.user_id,
  m.user_id as author_id,
  {{date_key "r.created_at"}} as date_key,
  {{minute_of_day "r.created_at"}} as minute_of_day,
  r.emoji,
  {{bool "r.user_id = m.user_id"}} as is_own_message,
  m.is_deleted,
  coalesce({{bool "u.is_bot"}}, false) as is_bot,
  m.is_bot as is_author_bot,
  r.created_at
from {{delta "stg_reactions"}} r
join {{ref "fact_message"}} m on m.message_id = r.message_id
left join {{ref "stg_users"}} u on u.id = r.user_id
