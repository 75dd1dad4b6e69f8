select u.id
from {{ref "stg_users"}} u
where {{> is_person user="u"}}
