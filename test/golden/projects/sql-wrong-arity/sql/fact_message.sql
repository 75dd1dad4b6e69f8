select {{date_key}} as a, {{add_days "x"}} as b, {{as_of "now"}} as c, {{ref "stg_messages" "m"}} as d
