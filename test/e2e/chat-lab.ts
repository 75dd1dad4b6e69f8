/** The small chat that most e2e tests use: every strategy once, on two sources. */
import { type Lab, type LabOptions, openLab, type Target } from './lab.js';

export const chatTables = [
  'stg_users',
  'stg_messages',
  'fact_message',
  'fact_long_message',
  'messages_daily',
  'message_view',
] as const;

const pipeline = `
pipeline: chat
sources:
  users:
    table: users
    key: id
    incremental: { cursor: updated_at }
    deletes: { soft_column: deleted_at }
  messages:
    table: messages
    key: id
    incremental: { cursor: updated_at }
models:
  fact_message:
    sql: fact_message.sql
    strategy: merge
    key: message_id
    affects: { stg_users: user_id }
    tests: [ { unique: message_id }, { not_null: [user_id, date_key] } ]
  fact_long_message: { sql: fact_long_message.sql, strategy: merge, key: message_id }
  messages_daily: { sql: messages_daily.sql, strategy: table, key: date_key }
  message_view: { sql: message_view.sql, strategy: view }
  dim_user: { sql: dim_user.sql, strategy: snapshot, key: user_id, valid_from: updated_at }
`;

const sql = {
  'sql/fact_message.sql': `select
  m.id as message_id,
  m.user_id,
  u.country,
  {{date_key "m.created_at"}} as date_key,
  m.body_chars
from {{delta "stg_messages"}} m
left join {{ref "stg_users"}} u on u.id = m.user_id
where m.deleted_at is null
`,
  'sql/fact_long_message.sql': `select message_id, date_key, body_chars
from {{delta "fact_message"}}
where body_chars >= {{var "long_from"}}
`,
  'sql/messages_daily.sql': `select date_key, count(*) as messages, count(distinct user_id) as users
from {{ref "fact_message"}}
group by date_key
`,
  'sql/message_view.sql': `select date_key, messages, users from {{ref "messages_daily"}} where messages > 0
`,
  'sql/dim_user.sql': `select id as user_id, name, country, updated_at from {{ref "stg_users"}}
`,
};

const oltp = [
  `create table users (id bigint unsigned primary key, name varchar(64) not null, country char(2),
    updated_at datetime(6) not null, deleted_at datetime(6), key (updated_at, id))`,
  `create table messages (id bigint unsigned primary key auto_increment, user_id bigint unsigned not null, body text,
    body_chars int as (char_length(body)) stored, created_at datetime(6) not null, updated_at datetime(6) not null,
    deleted_at datetime(6), key (updated_at, id))`,
  `insert into users values (1, 'Ann', 'de', '2024-01-01', null), (2, 'Bob', 'fr', '2024-01-01', null),
    (3, 'Тест', null, '2024-01-02', null)`,
  `insert into messages (user_id, body, created_at, updated_at) values
    (1, 'hello', '2024-01-01 10:00', '2024-01-01 10:00'), (2, 'hi there', '2024-01-01 11:00', '2024-01-01 11:00'),
    (1, 'a longer one', '2024-01-02 09:00', '2024-01-02 09:00'), (3, 'bye', '2024-01-03 09:00', '2024-01-03 09:00')`,
];

export function openChatLab(target: Target, changes: Partial<LabOptions> = {}): Promise<Lab> {
  return openLab({
    target,
    oltp,
    files: { 'pipelines/chat.yaml': pipeline, ...sql },
    config: 'vars: { long_from: 6 }',
    ...changes,
  });
}
