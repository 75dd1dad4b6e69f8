select u.id as message_id, u.username
from {{delta "dim_user"}} u
