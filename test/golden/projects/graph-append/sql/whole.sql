select * from {{ref "stg_logs"}}
