/** The config and the pipelines of the project that histories run: every strategy, every policy of deletes. */
import { type Definitions, looksForPins } from './definitions.js';
import { deletedRowsOf, type KeptSource } from './deleted-rows.js';

export function pipelinesOf(definitions: Definitions): Readonly<Record<string, string>> {
  const { atomicity, longFrom, timezone } = definitions;
  return {
    'chat-etl.config.yaml': `connections:
  oltp: { type: duckdb, path: oltp.duckdb }
  olap: { type: duckdb, path: olap.duckdb }
run: { from: oltp, into: olap, atomicity: ${atomicity}, retries: 0 }
vars: { long_from: ${longFrom}, timezone: ${timezone} }
`,
    'pipelines/chat.yaml': chat(definitions),
    'pipelines/daily.yaml': daily(definitions),
    'pipelines/more.yaml': more(definitions),
  };
}

function chat(definitions: Definitions): string {
  const { broken, lookback, otherStrategies, keyedDays } = definitions;
  return `pipeline: chat
sources:
  users:
    table: users
    key: id
    incremental: { cursor: updated_at }
    deletes: { soft_column: deleted_at, detect: { every: 6h } }
  messages:
    table: messages
    key: id
    incremental: { cursor: updated_at${lookback ? ', lookback: 2h' : ''} }
    deletes: { detect: { every: 6h } }
  rooms: { table: rooms, key: id${deletedRows(definitions, 'rooms')} }
models:
  fact_message:
    sql: fact_message.sql
    strategy: merge
    key: message_id
    affects: { stg_users: user_id }
    tests: [ { unique: message_id }, { not_null: [user_id, date_key] }${broken === 'test' ? ', { accepted_values: { column: chat_id, values: [99] } }' : ''} ]
  fact_long:
    sql: fact_long.sql
    strategy: merge
    key: message_id
    tests: [ { relationship: { column: message_id, to: fact_message.message_id } } ]
  fact_recent: { sql: fact_recent.sql, strategy: merge, key: message_id }
  messages_daily: { sql: messages_daily.sql, strategy: table${keyedDays ? ', key: date_key' : ''} }
  chat_totals: ${
    otherStrategies
      ? '{ sql: chat_totals.sql, strategy: partition, key: chat_id, partition_by: chat_id, from: { fact_message: chat_id, stg_rooms: id } }'
      : '{ sql: chat_totals.sql, strategy: table }'
  }
  message_view: { sql: message_view.sql, strategy: view }
  busy_days: { sql: busy_days.sql, strategy: ${otherStrategies ? 'view' : 'table, key: date_key'} }
  dim_user: { sql: dim_user.sql, strategy: snapshot, key: user_id, valid_from: updated_at${erasedNames(definitions)} }
`;
}

function daily({ activeDays }: Definitions): string {
  return `pipeline: daily
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
    sql: reaction_days.sql
    strategy: partition
    key: date_key
    partition_by: date_key
    from: { fact_reaction: date_key }
    tests: [ { relationship: { column: date_key, to: reactions_daily.date_key } } ]
  country_chats:
    sql: country_chats.sql
    strategy: partition
    key: [country_key, chat_id]
    partition_by: country
    from: { fact_message: country }
  active_users:
    sql: active_users.sql
    strategy: partition
    key: date_key
    partition_by: date_key
    from: { fact_message: date_key }
    spread: { after: ${activeDays} }
  user_days: { sql: user_days.sql, strategy: partition, key: user_id, partition_by: user_id, from: { fact_message: user_id } }
  user_starts:
    { sql: user_starts.sql, strategy: partition, key: first_key, partition_by: first_key, from: { user_days: first_key } }
`;
}

function more(definitions: Definitions): string {
  const { copy, userTotals, color } = definitions;
  const optional = [
    ...(copy ? ['message_copy: { sql: message_copy.sql, strategy: merge, key: id }'] : []),
    ...(userTotals
      ? [
          'user_totals: { sql: user_totals.sql, strategy: partition, key: user_id, partition_by: user_id, from: { user_days: user_id, fact_reaction: author_id } }',
        ]
      : []),
  ];
  return `pipeline: more
sources:
  events: { table: events, key: id, incremental: { cursor: { column: id, unit: id } }, append_only: true }
  pins: { table: pins, key: id, incremental: { cursor: updated_at }, columns: { rename: { color: ${color} } },
    deletes: ${looksForPins(definitions) ? '{ detect: { every: 6h } }' : 'ignore'}${deletedRows(definitions, 'pins')} }
models:
  event_log: { sql: event_log.sql, strategy: append, key: event_id }
  dim_user_delta: { sql: dim_user_delta.sql, strategy: snapshot, key: user_id, valid_from: updated_at${erasedNames(definitions)} }
  fact_pin: { sql: fact_pin.sql, strategy: merge, key: pin_id }
${optional.map((model) => `  ${model}\n`).join('')}`;
}

function deletedRows(definitions: Definitions, source: KeptSource): string {
  const { keeps, erased, retention } = deletedRowsOf(definitions)[source];
  return [
    ...(keeps ? [`, deleted_rows: keep, erase: [${erased.join(', ')}]`] : []),
    ...(retention === undefined ? [] : [`, retention: { column: ${retention.column}, after: ${retention.hours}h }`]),
  ].join('');
}

function erasedNames({ erasesNames }: Definitions): string {
  return erasesNames ? ', erase: [name]' : '';
}
