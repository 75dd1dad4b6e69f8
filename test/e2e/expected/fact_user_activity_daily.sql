with bots as (
  select id from users where is_bot = 1
),
sent as (
  select id, chat_id, user_id, created_at, date(created_at) as day
  from messages
  where deleted_at is null and user_id not in (select id from bots)
),
reacted as (
  select r.user_id, date(r.created_at) as day, m.user_id as author_id
  from reactions r
  join messages m on m.id = r.message_id and m.deleted_at is null
  where r.removed_at is null and r.user_id not in (select id from bots)
),
by_sender as (
  select user_id, day, count(*) as messages, count(distinct chat_id) as chats, min(created_at) as first_at, max(created_at) as last_at
  from sent
  group by user_id, day
),
by_reactor as (
  select user_id, day, count(*) as given from reacted group by user_id, day
),
by_author as (
  select author_id as user_id, day, count(*) as received
  from reacted
  where author_id not in (select id from bots)
  group by author_id, day
),
user_days as (
  select user_id, day from by_sender
  union
  select user_id, day from by_reactor
  union
  select user_id, day from by_author
)
select
  d.user_id,
  cast(date_format(d.day, '%Y%m%d') as signed) as date_key,
  ifnull(s.messages, 0) as messages,
  ifnull(s.chats, 0) as chats,
  ifnull(g.given, 0) as reactions_given,
  ifnull(a.received, 0) as reactions_received,
  s.first_at as first_message_at,
  s.last_at as last_message_at
from user_days d
left join by_sender s using (user_id, day)
left join by_reactor g using (user_id, day)
left join by_author a using (user_id, day)
