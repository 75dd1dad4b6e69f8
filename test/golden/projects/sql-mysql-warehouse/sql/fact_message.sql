select group_concat(id separator ',') as ids from {{ref "stg_messages"}}
