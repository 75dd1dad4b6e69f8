with pairs as (
  select
    m.chat_id,
    m.date_key,
    m.user_id,
    m.created_at,
    lag(m.user_id) over chat as previous_user_id,
    lag(m.created_at) over chat as previous_at,
    lag(m.date_key) over chat as previous_date_key
  from {{ref "fact_message"}} m
  where {{> counted row="m"}} and {{dirty "m.date_key" before=2}}
  window chat as (partition by m.chat_id order by m.created_at, m.message_id)
),
responses as (
  select chat_id, date_key, {{seconds_between "previous_at" "created_at"}} as seconds
  from pairs
  where user_id <> previous_user_id
    and {{days_between (date_of_key "previous_date_key") (date_of_key "date_key")}} <= 2
    and {{dirty "date_key"}}
),
placed as (
  select
    chat_id,
    date_key,
    seconds,
    row_number() over (partition by chat_id, date_key order by seconds) as row_place,
    count(*) over (partition by chat_id, date_key) as row_total
  from responses
  where seconds <= {{var "response.max_gap_hours"}} * 3600
)
select
  chat_id,
  date_key,
  count(*) as responses,
  {{> percentile of="seconds" at="0.5"}} as median_seconds,
  {{> percentile of="seconds" at="0.9"}} as p90_seconds,
  {{average "seconds"}} as average_seconds
from placed
group by chat_id, date_key
-- Kept in this order, DuckDB passes over the days before those that a run compares.
order by date_key
