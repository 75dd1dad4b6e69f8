select c.code, c.people from {{ref "country"}} c where c.is_open
