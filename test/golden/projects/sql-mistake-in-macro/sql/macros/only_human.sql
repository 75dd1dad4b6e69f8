-- people
{{tabel}}.user_id > 0