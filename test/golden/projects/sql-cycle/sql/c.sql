select * from {{ref "a"}}
