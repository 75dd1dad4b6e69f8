select c.code from {{ref "countries"}} c
