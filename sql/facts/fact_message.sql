select
  m.id as message_id,
  m.chat_id,
  m.user_id,
  m.reply_to_id,
  {{date_key "m.created_at"}} as date_key,
  {{minute_of_day "m.created_at"}} as minute_of_day,
  m.body_chars,
  {{bool "m.reply_to_id is not null"}} as is_reply,
  {{bool "m.edited_at is not null"}} as is_edited,
  {{bool "m.deleted_at is not null"}} as is_deleted,
  coalesce({{bool "u.is_bot"}}, false) as is_bot,
  m.created_at
from {{delta "stg_messages"}} m
left join {{ref "stg_users"}} u on u.id = m.user_id
