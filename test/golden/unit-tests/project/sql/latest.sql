select message_id, day, day = {{as_of_date}} as is_today from {{ref "fact_message"}} order by sent_at desc
