select 1 as messages
