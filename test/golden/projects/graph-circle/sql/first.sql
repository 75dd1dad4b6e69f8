select *
from {{ref "third"}}
