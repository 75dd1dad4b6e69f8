select usr_id from {{ref "stg_messages"}}
