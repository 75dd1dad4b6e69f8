select
  m.chat_id,
  m.user_id,
  str_to_date(concat(extract(year_month from m.created_at), '01'), '%Y%m%d') as month_start,
  count(*) as messages,
  count(m.reply_to_id) as replies,
  min(m.created_at) as first_message_at,
  max(m.created_at) as last_message_at
from messages m
left join users u on u.id = m.user_id
where m.deleted_at is null and coalesce(u.is_bot, 0) = 0
group by m.chat_id, m.user_id, month_start
