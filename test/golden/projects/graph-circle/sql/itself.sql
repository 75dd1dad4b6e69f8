select * from {{ref "itself"}}
