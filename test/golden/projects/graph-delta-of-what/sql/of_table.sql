select * from {{delta "a_table"}}
