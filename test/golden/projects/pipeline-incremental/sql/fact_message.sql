select * from {{ref "stg_messages"}}
