select sum(m.body) as total
from {{ref "stg_messages"}} m
