create table "all_types" (
  "id" ubigint not null,
  "flag" boolean,
  "tiny" tinyint,
  "small" usmallint,
  "plain" integer,
  "big" ubigint,
  "money" decimal(18,2),
  "wide" varchar,
  "single" double,
  "ratio" double,
  "title" varchar,
  "body" varchar,
  "hash" blob,
  "day" date,
  "clock" varchar,
  "at" timestamp,
  "props" varchar
);
comment on column "all_types"."wide" is 'decimal(65,30)';
comment on column "all_types"."single" is 'float';
comment on column "all_types"."clock" is 'time';
comment on column "all_types"."props" is 'json';

create table "nullable_key" (
  "id" ubigint not null,
  "code" varchar
);

alter table "all_types" add column "added ""so""" varchar;

alter table "all_types" add column "more" varchar;
comment on column "all_types"."more" is 'json';

alter table "all_types" alter column "plain" set data type ubigint;
comment on column "all_types"."plain" is null;

comment on column "all_types"."props" is 'json (gone)';

select cast("word" as varchar) as "word", cast("is_so" as boolean) as "is_so", cast("count" as bigint) as "count", cast("price" as decimal(10,2)) as "price", cast("share" as double) as "share", cast("day" as date) as "day", cast("at" as timestamp) as "at" from (values
('it''s', '1', '-12', '0.50', '1.5e-7', '2024-01-31', '2024-01-31 10:30:00.000000'),
('"', null, null, null, null, null, null)
) as written("word", "is_so", "count", "price", "share", "day", "at");

select cast("word" as varchar) as "word", cast("is_so" as boolean) as "is_so" from (values
(null, null)
) as written("word", "is_so") where false;

create or replace view "a_view" as select 1 as x;

drop table if exists "a_table";

drop view if exists "a_view";

create or replace temp table "etl_scratch_changes" as select 1 as x;

drop table if exists temp.main."etl_scratch_changes";

create or replace temp view "etl_scratch_delta" as select 1 as x;

drop view if exists temp.main."etl_scratch_delta";

drop table if exists etl_work.main."messages";

delete from "fact" as t using temp.main."etl_scratch_upserts" as n where t."a" = n."a" and t."b" = n."b";

insert into "fact" ("a", "b", "v", "w") select "a", "b", "v", "w" from temp.main."etl_scratch_upserts" n;

delete from "only_keys" as t using etl_work.main."keys" as n where t."a" = n."a";

insert into "only_keys" ("a") select "a" from etl_work.main."keys" n;

delete from "fact" as t using temp.main."etl_scratch_known" as n where t."a" = n."a";

insert into "fact" ("a", "v") select "a", "v" from (select 1 as a, 2 as v) n;

create table "etl_rewritten_fact" (
  "id" ubigint not null,
  "code" varchar
);

insert into "etl_rewritten_fact" select 1, null;

insert into "etl_rewritten_fact" select 2, null;

drop table "fact";

alter table "etl_rewritten_fact" rename to "fact";

select sql from duckdb_indexes() where database_name = current_database() and schema_name = 'main' and table_name = 'fact'
union all select 'comment on table ' || '"' || replace(table_name, '"', '""') || '"' || ' is ''' || replace(comment, '''', '''''') || '''' from duckdb_tables() where database_name = current_database() and schema_name = 'main' and table_name = 'fact' and comment is not null
union all select 'comment on column ' || '"' || replace(table_name, '"', '""') || '"' || '.' || '"' || replace(column_name, '"', '""') || '"' || ' is ''' || replace(comment, '''', '''''') || '''' from duckdb_columns() where database_name = current_database() and schema_name = 'main' and table_name = 'fact' and comment is not null;

delete from "fact" as t using temp.main."etl_scratch_removed" as n where t."a" = n."x" and t."b" = n."y";

delete from etl_work.main."messages" as t using etl_work.main."catchup_messages" as n where t."a" is not distinct from n."a" and t."b" is not distinct from n."b";

insert into etl_work.main."messages" ("a", "b", "v") select "a", "b", "v" from etl_work.main."catchup_messages" n;

delete from etl_work.main."messages" as t where t."a" > 1;

n."a" is distinct from t."a";

timestamp '2024-03-01 10:00:00.123456';

null;

1;

-0.5;

cast('NaN' as double);

12345678901234567890;

true;

false;

'it''s';

'back\slash';

'😀';
