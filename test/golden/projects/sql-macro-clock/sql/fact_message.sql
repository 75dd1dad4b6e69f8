select * from {{ref "stg_messages"}} m where {{> fresh}}
