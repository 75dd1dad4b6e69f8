select c.code from {{delta "good"}} c
