select * from {{ref "stg_messages"}};

select ';' as x;
