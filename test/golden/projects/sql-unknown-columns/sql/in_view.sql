select count(boddy) as n from {{ref "stg_messages"}}
