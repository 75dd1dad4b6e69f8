select * from {{delta "stg_logs"}}
