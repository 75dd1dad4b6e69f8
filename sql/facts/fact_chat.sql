with members as (
  select
    chat_id,
    {{count_if "left_at is null"}} as members,
    count(*) as members_ever
  from {{ref "stg_chat_members"}}
  where {{dirty "chat_id"}}
  group by chat_id
),
messages as (
  select
    m.chat_id,
    count(*) as messages,
    {{count_if "m.is_reply"}} as replies,
    count(distinct m.user_id) as senders,
    count(distinct m.date_key) as active_days,
    min(m.created_at) as first_message_at,
    max(m.created_at) as last_message_at
  from {{ref "fact_message"}} m
  where {{> counted row="m"}} and {{dirty "m.chat_id"}}
  group by m.chat_id
),
reactions as (
  select r.chat_id, count(*) as reactions
  from {{ref "fact_reaction"}} r
  where {{> counted row="r"}} and {{dirty "r.chat_id"}}
  group by r.chat_id
)
select
  c.chat_id,
  coalesce(p.members, 0) as members,
  coalesce(p.members_ever, 0) as members_ever,
  coalesce(m.messages, 0) as messages,
  coalesce(m.replies, 0) as replies,
  coalesce(m.senders, 0) as senders,
  coalesce(m.active_days, 0) as active_days,
  coalesce(r.reactions, 0) as reactions,
  m.first_message_at,
  m.last_message_at
from {{ref "dim_chat"}} c
left join members p on p.chat_id = c.chat_id
left join messages m on m.chat_id = c.chat_id
left join reactions r on r.chat_id = c.chat_id
where {{dirty "c.chat_id"}}
