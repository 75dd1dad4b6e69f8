select user_id from {{delta "stg_messages"}}
group by user_id
