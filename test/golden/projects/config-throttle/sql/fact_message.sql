select * from {{delta "stg_messages"}}
