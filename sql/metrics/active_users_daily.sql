select date_key, day, dau, wau, mau, stickiness
from {{ref "active_users_rolling"}}
where day <= (select max(day) from {{ref "active_users_rolling"}} where dau > 0)
