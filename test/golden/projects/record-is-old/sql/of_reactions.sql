select wrong from {{ref "stg_reactions"}}
