with bots as (
  select id from users where is_bot = 1
),
happenings as (
  select chat_id, created_at as at, created_at as sent_at, reply_to_id, user_id, null as reaction_id
  from messages
  where deleted_at is null and user_id not in (select id from bots)
  union all
  select m.chat_id, r.created_at, null, null, null, r.id
  from reactions r
  join messages m on m.id = r.message_id
  where r.removed_at is null and m.deleted_at is null and r.user_id not in (select id from bots)
)
select
  chat_id,
  date(at) - interval day(at) - 1 day as month_start,
  count(sent_at) as messages,
  count(reply_to_id) as replies,
  count(distinct user_id) as senders,
  count(distinct date(sent_at)) as active_days,
  count(reaction_id) as reactions,
  min(sent_at) as first_message_at,
  max(sent_at) as last_message_at
from happenings
group by chat_id, month_start
