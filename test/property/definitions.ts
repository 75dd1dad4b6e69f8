/** The project that histories run: every strategy, in variants that a history switches between. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openProject } from '../../src/cli/project.js';

/** What a history may change in the project's files. */
export interface Definitions {
  readonly skipsShort: boolean;
  readonly twice: boolean;
  readonly longFrom: number;
  readonly strictMacro: boolean;
  readonly viewFrom: number;
  readonly countsDays: boolean;
  readonly copy: boolean;
  readonly userTotals: boolean;
  readonly atomicity: 'run' | 'step';
  readonly broken: Broken | undefined;
}

/** A model that fails: before its turn, in its turn, or by a blocking test. */
export type Broken = 'prepare messages_daily' | 'prepare user_days' | 'turn fact_long' | 'turn event_log' | 'test';

export const firstDefinitions: Definitions = {
  skipsShort: false,
  twice: false,
  longFrom: 4,
  strictMacro: false,
  viewFrom: 0,
  countsDays: true,
  copy: false,
  userTotals: false,
  atomicity: 'run',
  broken: undefined,
};

export const sourceTables = ['stg_users', 'stg_messages', 'stg_reactions', 'stg_events'] as const;
/** Every model but the snapshots. */
export function lawTables({ copy, userTotals }: Definitions): readonly string[] {
  return [
    ...sourceTables,
    ...['fact_message', 'fact_long', 'fact_recent', 'fact_reaction', 'messages_daily', 'chat_totals', 'message_view'],
    ...['busy_days', 'reactions_daily', 'reaction_days', 'chat_days', 'active_users', 'user_days', 'user_starts'],
    'event_log',
    ...(copy ? ['message_copy'] : []),
    ...(userTotals ? ['user_totals'] : []),
  ];
}
export const snapshotTables = ['dim_user', 'dim_user_delta'] as const;

const opened = new Map<string, ReturnType<typeof openProject>>();

/** The config and the project of these definitions; each variant is read from files once. */
export function projectOf(root: string, definitions: Definitions): ReturnType<typeof openProject> {
  const key = JSON.stringify([root, definitions]);
  const found = opened.get(key) ?? open(join(root, String(opened.size)), definitions);
  opened.set(key, found);
  return found;
}

function open(root: string, definitions: Definitions): ReturnType<typeof openProject> {
  for (const [file, text] of Object.entries(filesOf(definitions))) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return openProject({ root, env: {} });
}

function filesOf(definitions: Definitions): Readonly<Record<string, string>> {
  const { broken, copy, userTotals, atomicity, longFrom } = definitions;
  return {
    'chat-etl.config.yaml': `connections:
  oltp: { type: duckdb, path: oltp.duckdb }
  olap: { type: duckdb, path: olap.duckdb }
run: { from: oltp, into: olap, atomicity: ${atomicity}, retries: 0 }
vars: { long_from: ${longFrom} }
`,
    'pipelines/chat.yaml': `pipeline: chat
sources:
  users: { table: users, key: id, incremental: { cursor: updated_at }, deletes: { soft_column: deleted_at } }
  messages: { table: messages, key: id, incremental: { cursor: updated_at } }
models:
  fact_message:
    sql: fact_message.sql
    strategy: merge
    key: message_id
    affects: { stg_users: user_id }
    tests: [ { unique: message_id }, { not_null: [user_id, date_key] }${broken === 'test' ? ', { accepted_values: { column: chat_id, values: [99] } }' : ''} ]
  fact_long: { sql: fact_long.sql, strategy: merge, key: message_id }
  fact_recent: { sql: fact_recent.sql, strategy: merge, key: message_id }
  messages_daily: { sql: messages_daily.sql, strategy: table, key: date_key }
  chat_totals: { sql: chat_totals.sql, strategy: table }
  message_view: { sql: message_view.sql, strategy: view }
  busy_days: { sql: busy_days.sql, strategy: table, key: date_key }
  dim_user: { sql: dim_user.sql, strategy: snapshot, key: user_id, valid_from: updated_at }
`,
    'pipelines/daily.yaml': `pipeline: daily
sources:
  reactions: { table: reactions, key: id, incremental: { cursor: updated_at }, deletes: { soft_column: removed_at } }
models:
  fact_reaction: { sql: fact_reaction.sql, strategy: merge, key: reaction_id, affects: { fact_message: message_id } }
  reactions_daily:
    sql: reactions_daily.sql
    strategy: partition
    key: date_key
    partition_by: date_key
    from: { fact_message: date_key, stg_reactions: { through: fact_message, on: message_id } }
  reaction_days:
    { sql: reaction_days.sql, strategy: partition, key: date_key, partition_by: date_key, from: { fact_reaction: date_key } }
  chat_days:
    sql: chat_days.sql
    strategy: partition
    key: [chat_id, date_key]
    partition_by: date_key
    from: { fact_message: date_key }
  active_users:
    sql: active_users.sql
    strategy: partition
    key: date_key
    partition_by: date_key
    from: { fact_message: date_key }
    spread: { after: 2 }
  user_days: { sql: user_days.sql, strategy: partition, key: user_id, partition_by: user_id, from: { fact_message: user_id } }
  user_starts:
    { sql: user_starts.sql, strategy: partition, key: first_key, partition_by: first_key, from: { user_days: first_key } }
`,
    'pipelines/more.yaml': `pipeline: more
sources:
  events: { table: events, key: id, incremental: { cursor: { column: id, unit: id } }, append_only: true }
models:
  event_log: { sql: event_log.sql, strategy: append, key: event_id }
  dim_user_delta: { sql: dim_user_delta.sql, strategy: snapshot, key: user_id, valid_from: updated_at }
${copy ? '  message_copy: { sql: message_copy.sql, strategy: merge, key: id }\n' : ''}${
  userTotals
    ? '  user_totals: { sql: user_totals.sql, strategy: partition, key: user_id, partition_by: user_id, from: { user_days: user_id, fact_reaction: author_id } }\n'
    : ''
}`,
    ...sqlOf(definitions),
  };
}

function sqlOf({ broken, ...is }: Definitions): Readonly<Record<string, string>> {
  const doubled = (model: string) => (broken === `turn ${model}` ? '\ncross join {{number_series "1" "2"}} twice' : '');
  const unknown = (model: string) => (broken === `prepare ${model}` ? ', no_such_column' : '');
  return {
    'sql/fact_message.sql': `select m.id as message_id, m.chat_id, m.user_id, u.country,
  {{date_key "m.created_at"}} as date_key, m.body_chars${is.twice ? ', m.body_chars * 2 as twice' : ''}
from {{delta "stg_messages"}} m
left join {{ref "stg_users"}} u on u.id = m.user_id
where m.deleted_at is null${is.skipsShort ? ' and m.body_chars > 1' : ''}
`,
    'sql/macros/is_long.sql': `{{chars}} ${is.strictMacro ? '>' : '>='} {{var "long_from"}}`,
    'sql/fact_long.sql': `select message_id, date_key, country, body_chars
from {{delta "fact_message"}}${doubled('fact_long')}
where {{> is_long chars="body_chars"}}
`,
    'sql/fact_recent.sql': `select id as message_id, body_chars from {{delta "stg_messages"}}
where created_at >= {{add_days (as_of_date) "-2"}}
`,
    'sql/messages_daily.sql': `select date_key, count(*) as messages, count(distinct user_id) as users${unknown('messages_daily')}
from {{ref "fact_message"}} group by date_key
`,
    'sql/chat_totals.sql': `select chat_id, count(*) as messages, sum(body_chars) as chars from {{ref "fact_message"}} group by chat_id
`,
    'sql/message_view.sql': `select date_key, messages, users from {{ref "messages_daily"}} where messages > ${is.viewFrom}
`,
    'sql/busy_days.sql': `select date_key, messages from {{ref "message_view"}} where users > 1
`,
    'sql/dim_user.sql': `select id as user_id, name, country, updated_at from {{ref "stg_users"}}
`,
    'sql/dim_user_delta.sql': `select id as user_id, name, country, updated_at from {{delta "stg_users"}}
`,
    'sql/fact_reaction.sql': `select r.id as reaction_id, r.message_id, m.user_id as author_id, m.date_key
from {{delta "stg_reactions"}} r
join {{ref "fact_message"}} m on m.message_id = r.message_id
`,
    'sql/reactions_daily.sql': `select m.date_key, count(distinct m.message_id) as messages, count(r.id) as reactions
from {{ref "fact_message"}} m
left join {{ref "stg_reactions"}} r on r.message_id = m.message_id
where {{dirty "m.date_key"}}
group by m.date_key
`,
    'sql/reaction_days.sql': `select date_key, count(*) as reactions from {{ref "fact_reaction"}} where {{dirty "date_key"}} group by date_key
`,
    'sql/chat_days.sql': `select chat_id, date_key, count(*) as messages from {{ref "fact_message"}}
where {{dirty "date_key"}} group by chat_id, date_key
`,
    'sql/active_users.sql': `with days as (select distinct date_key, user_id from {{ref "fact_message"}} where {{dirty "date_key" before=2}})
select d.date_key, count(distinct w.user_id) as users
from (select distinct date_key from days) d
join days w on {{date_of_key "w.date_key"}} between {{add_days (date_of_key "d.date_key") "-2"}} and {{date_of_key "d.date_key"}}
where {{dirty "d.date_key"}}
group by d.date_key
`,
    'sql/user_days.sql': `select user_id, min(date_key) as first_key, count(${is.countsDays ? 'distinct date_key' : 'distinct chat_id'}) as days,
  count(*) as messages${unknown('user_days')}
from {{ref "fact_message"}} where {{dirty "user_id"}} group by user_id
`,
    'sql/user_starts.sql': `select first_key, count(*) as users, {{to_integer "sum(messages)"}} as messages, {{to_integer "sum(days)"}} as days
from {{ref "user_days"}} where {{dirty "first_key"}} group by first_key
`,
    'sql/event_log.sql': `select id as event_id, user_id, {{date_key "created_at"}} as date_key
from {{delta "stg_events"}}${doubled('event_log')}
`,
    ...(is.copy ? { 'sql/message_copy.sql': `select m.* from {{delta "stg_messages"}} m\n` } : {}),
    ...(is.userTotals
      ? {
          'sql/user_totals.sql': `select u.user_id, u.messages, count(r.reaction_id) as reactions
from {{ref "user_days"}} u
left join {{ref "fact_reaction"}} r on r.author_id = u.user_id
where {{dirty "u.user_id"}}
group by u.user_id, u.messages
`,
        }
      : {}),
  };
}
