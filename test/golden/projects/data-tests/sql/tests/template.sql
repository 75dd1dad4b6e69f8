select {{date_off "sent_at"}} from {{ref "fact_message"}}
