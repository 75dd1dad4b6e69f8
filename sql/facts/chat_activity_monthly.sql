with active_days as (
  select distinct m.chat_id, d.month_start, m.date_key
  from {{ref "fact_message"}} m
  join {{ref "dim_date"}} d on d.date_key = m.date_key
  where {{> counted row="m"}} and {{dirty "d.month_start"}}
),
activity as (
  select
    chat_id,
    month_start,
    messages,
    replies,
    1 as senders,
    0 as active_days,
    0 as reactions,
    first_message_at,
    last_message_at
  from {{ref "chat_senders_monthly"}}
  where {{dirty "month_start"}}

  union all

  select chat_id, month_start, 0, 0, 0, 1, 0, null, null
  from active_days

  union all

  select r.chat_id, d.month_start, 0, 0, 0, 0, 1, null, null
  from {{ref "fact_reaction"}} r
  join {{ref "dim_date"}} d on d.date_key = r.date_key
  where {{> counted row="r"}} and {{dirty "d.month_start"}}
)
select
  chat_id,
  month_start,
  {{to_integer "sum(messages)"}} as messages,
  {{to_integer "sum(replies)"}} as replies,
  {{to_integer "sum(senders)"}} as senders,
  {{to_integer "sum(active_days)"}} as active_days,
  {{to_integer "sum(reactions)"}} as reactions,
  min(first_message_at) as first_message_at,
  max(last_message_at) as last_message_at
from activity
group by chat_id, month_start
