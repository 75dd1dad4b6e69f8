select * from {{ref "stg_messages"}} m
where {{> only_humans table="m"}} and {{> not_listed}}
