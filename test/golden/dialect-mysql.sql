create table "all_types" (
  "id" bigint unsigned not null,
  "flag" tinyint(1) null,
  "tiny" tinyint null,
  "small" smallint unsigned null,
  "plain" int null,
  "big" bigint unsigned null,
  "money" decimal(18,2) null,
  "single" double null comment 'float',
  "ratio" double null,
  "title" varchar(191) null,
  "essay" longtext null,
  "body" longtext null,
  "hash" varbinary(16) null,
  "blob" longblob null,
  "day" date null,
  "clock" time(6) null,
  "at" datetime(6) null,
  "props" longtext null comment 'json',
  primary key ("id")
) engine=InnoDB default character set utf8mb4 collate /*!80017 utf8mb4_0900_bin */ /*M! utf8mb4_nopad_bin */ comment='chat-etl';

create table "composite" (
  "id" bigint unsigned not null,
  "code" varchar(191) not null comment 'text',
  primary key ("id", "code")
) engine=InnoDB default character set utf8mb4 collate /*!80017 utf8mb4_0900_bin */ /*M! utf8mb4_nopad_bin */ comment='chat-etl';

create table "nullable_key" (
  "id" bigint unsigned not null,
  "wide" varchar(768) null comment 'text',
  unique key "etl_key" ("id", "wide")
) engine=InnoDB default character set utf8mb4 collate /*!80017 utf8mb4_0900_bin */ /*M! utf8mb4_nopad_bin */ comment='chat-etl';

create table "no_key" (
  "id" bigint unsigned not null
) engine=InnoDB default character set utf8mb4 collate /*!80017 utf8mb4_0900_bin */ /*M! utf8mb4_nopad_bin */ comment='chat-etl';

alter table "all_types" add column "added ""so""" longtext null;

alter table "all_types" modify column "plain" bigint unsigned not null;

alter table "all_types" modify column "props" longtext null comment 'json (gone)';

select cast("word" as char) as "word", "is_so", "count", "price", "share", "day", "at" from json_table('[["it''s","1","-12","0.50","1.5e-7","2024-01-31","2024-01-31 10:30:00.000000"],
["\"",null,null,null,null,null,null]]', '$[*]' columns ("word" varchar(191) path '$[0]' error on error, "is_so" tinyint(1) path '$[1]' error on error, "count" bigint path '$[2]' error on error, "price" decimal(10,2) path '$[3]' error on error, "share" double path '$[4]' error on error, "day" date path '$[5]' error on error, "at" datetime(6) path '$[6]' error on error)) as written;

select cast("word" as char) as "word", "is_so" from json_table('[]', '$[*]' columns ("word" varchar(191) path '$[0]' error on error, "is_so" tinyint(1) path '$[1]' error on error)) as written;

create or replace view "a_view" as select 1 as x;

drop table if exists "a_table";

drop view if exists "a_view";

drop temporary table if exists "etl_scratch_changes";

create temporary table "etl_scratch_changes" engine=InnoDB as select 1 as x;

drop temporary table if exists "etl_scratch_changes";

drop temporary table if exists "etl_scratch_delta";

create temporary table "etl_scratch_delta" engine=InnoDB as select 1 as x;

drop temporary table if exists "etl_scratch_delta";

drop table if exists "etl_work_messages";

delete t from "fact" t join "etl_scratch_upserts" etl_incoming on t."a" <=> etl_incoming."a" and t."b" <=> etl_incoming."b" where etl_incoming."a" is null or etl_incoming."b" is null;

insert into "fact" ("a", "b", "v", "w") select etl_incoming."a", etl_incoming."b", etl_incoming."v", etl_incoming."w" from "etl_scratch_upserts" etl_incoming on duplicate key update "v" = etl_incoming."v", "w" = etl_incoming."w";

delete t from "only_keys" t join "etl_work_keys" etl_incoming on t."a" <=> etl_incoming."a" where etl_incoming."a" is null;

insert into "only_keys" ("a") select etl_incoming."a" from "etl_work_keys" etl_incoming on duplicate key update "a" = etl_incoming."a";

delete t from "fact" t join "etl_scratch_known" etl_incoming on t."a" <=> etl_incoming."a" where etl_incoming."a" is null;

insert into "fact" ("a", "v") select etl_incoming."a", etl_incoming."v" from (select 1 as a, 2 as v) etl_incoming on duplicate key update "v" = etl_incoming."v";

delete t from "fact" t join "etl_scratch_removed" n on t."a" <=> n."x" and t."b" <=> n."y";

delete t from "etl_work_messages" t join "etl_work_catchup_messages" n on t."a" <=> n."a" and t."b" <=> n."b";

insert into "etl_work_messages" ("a", "b", "v") select "a", "b", "v" from "etl_work_catchup_messages";

delete t from "etl_work_messages" t where t."a" > 1;

not (n."a" <=> t."a");

timestamp'2024-03-01 10:00:00.123456';

NULL;

1;

-0.5;

12345678901234567890;

TRUE;

FALSE;

'it''s';

'back\slash';

'😀';
