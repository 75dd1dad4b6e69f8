select anything from {{ref "fact_message"}}
