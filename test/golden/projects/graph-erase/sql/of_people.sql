select user_id, name, changed_at from {{ref "people"}}
