select id from {{delta "stg_messages"}}
order by id desc
limit 100
