select distinct user_id from {{delta "stg_messages"}}
