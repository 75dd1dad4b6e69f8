select * from {{ref "users"}}
union all
select * from {{ref "imported_people"}}
