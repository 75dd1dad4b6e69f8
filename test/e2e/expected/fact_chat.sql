with bots as (
  select id from users where is_bot = 1
),
happenings as (
  select chat_id, if(left_at is null, 'member', 'former member') as kind, null as reply_to_id, null as user_id, null as sent_at
  from chat_members
  union all
  select chat_id, 'message', reply_to_id, user_id, created_at
  from messages
  where deleted_at is null and user_id not in (select id from bots)
  union all
  select m.chat_id, 'reaction', null, null, null
  from reactions r
  join messages m on m.id = r.message_id
  where r.removed_at is null and m.deleted_at is null and r.user_id not in (select id from bots)
)
select
  c.id as chat_id,
  count(if(h.kind = 'member', 1, null)) as members,
  count(if(h.kind like '%member', 1, null)) as members_ever,
  count(if(h.kind = 'message', 1, null)) as messages,
  count(h.reply_to_id) as replies,
  count(distinct h.user_id) as senders,
  count(distinct date(h.sent_at)) as active_days,
  count(if(h.kind = 'reaction', 1, null)) as reactions,
  min(h.sent_at) as first_message_at,
  max(h.sent_at) as last_message_at
from chats c
left join happenings h on h.chat_id = c.id
group by c.id
