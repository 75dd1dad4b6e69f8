select * from {{ref "stg_messages"}} m where {{> only_human table="m"}} and {{> fresh}}
