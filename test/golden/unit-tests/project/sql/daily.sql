select
  day,
  count(*) as messages,
  count(distinct sender_id) as senders,
  sum(price) as price,
  {{average "chars"}} as average_chars
from {{ref "fact_message"}}
where {{dirty "day"}}
group by day
having count(*) >= {{var "least"}}
