select id from {{ref "stg_messages"}}
