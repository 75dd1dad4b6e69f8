select m.message_id, t.title from {{ref "fact_message"}} m left join {{ref "title"}} t on t.sender_id = m.sender_id
