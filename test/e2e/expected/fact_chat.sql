with sent as (
  select m.*
  from messages m
  left join users u on u.id = m.user_id
  where m.deleted_at is null and ifnull(u.is_bot, 0) = 0
)
select
  c.id as chat_id,
  (select count(*) from chat_members where chat_id = c.id and left_at is null) as members,
  (select count(*) from chat_members where chat_id = c.id) as members_ever,
  count(m.id) as messages,
  count(m.reply_to_id) as replies,
  count(distinct m.user_id) as senders,
  count(distinct date(m.created_at)) as active_days,
  (
    select count(*)
    from reactions r
    join messages rm on rm.id = r.message_id
    where rm.chat_id = c.id and rm.deleted_at is null and r.removed_at is null
      and not exists (select 1 from users b where b.id = r.user_id and b.is_bot = 1)
  ) as reactions,
  min(m.created_at) as first_message_at,
  max(m.created_at) as last_message_at
from chats c
left join sent m on m.chat_id = c.id
group by c.id
