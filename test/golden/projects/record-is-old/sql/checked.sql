select charz from {{ref "stg_messages"}}
