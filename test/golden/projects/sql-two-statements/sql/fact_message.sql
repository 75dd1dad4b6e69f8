delete from stats;
select * from {{ref "stg_messages"}};
