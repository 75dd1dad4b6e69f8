select s.message_id from {{ref "sound"}} s left join {{ref "stg_messages"}} m on m.id = s.message_id where m.id is null -- gone
