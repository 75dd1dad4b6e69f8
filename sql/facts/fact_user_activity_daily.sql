with activity as (
  select
    m.user_id,
    m.date_key,
    1 as messages,
    m.chat_id,
    0 as reactions_given,
    0 as reactions_received,
    m.created_at as sent_at
  from {{ref "fact_message"}} m
  where {{> counted row="m"}} and {{dirty "m.date_key"}}

  union all

  select r.user_id, r.date_key, 0, null, 1, 0, null
  from {{ref "fact_reaction"}} r
  where {{> counted row="r"}} and {{dirty "r.date_key"}}

  union all

  select r.author_id, r.date_key, 0, null, 0, 1, null
  from {{ref "fact_reaction"}} r
  where {{> counted row="r"}}{{#if exclude_bots}} and not r.is_author_bot{{/if}} and {{dirty "r.date_key"}}
)
select
  user_id,
  date_key,
  {{to_integer "sum(messages)"}} as messages,
  count(distinct chat_id) as chats,
  {{to_integer "sum(reactions_given)"}} as reactions_given,
  {{to_integer "sum(reactions_received)"}} as reactions_received,
  min(sent_at) as first_message_at,
  max(sent_at) as last_message_at
from activity
group by user_id, date_key
