select message_id, txt from {{ref "fact_message"}}
