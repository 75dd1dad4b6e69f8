select c.name from {{ref "country"}} c
