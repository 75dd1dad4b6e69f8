select * from {{ref "first"}}
