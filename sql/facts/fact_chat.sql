with members as (
  select
    chat_id,
    {{count_if "left_at is null"}} as members,
    count(*) as members_ever
  from {{ref "stg_chat_members"}}
  where {{dirty "chat_id"}}
  group by chat_id
),
activity as (
  select
    chat_id,
    {{to_integer "sum(messages)"}} as messages,
    {{to_integer "sum(replies)"}} as replies,
    {{to_integer "sum(active_days)"}} as active_days,
    {{to_integer "sum(reactions)"}} as reactions,
    min(first_message_at) as first_message_at,
    max(last_message_at) as last_message_at
  from {{ref "chat_activity_monthly"}}
  where {{dirty "chat_id"}}
  group by chat_id
),
senders as (
  select chat_id, count(distinct user_id) as senders
  from {{ref "chat_senders_monthly"}}
  where {{dirty "chat_id"}}
  group by chat_id
)
select
  c.chat_id,
  coalesce(p.members, 0) as members,
  coalesce(p.members_ever, 0) as members_ever,
  coalesce(a.messages, 0) as messages,
  coalesce(a.replies, 0) as replies,
  coalesce(s.senders, 0) as senders,
  coalesce(a.active_days, 0) as active_days,
  coalesce(a.reactions, 0) as reactions,
  a.first_message_at,
  a.last_message_at
from {{ref "dim_chat"}} c
left join members p on p.chat_id = c.chat_id
left join activity a on a.chat_id = c.chat_id
left join senders s on s.chat_id = c.chat_id
where {{dirty "c.chat_id"}}
