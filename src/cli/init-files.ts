/** The files of a new project, by path. */

const config = `# yaml-language-server: $schema=schemas/config.schema.json
# Which databases, how runs behave, and the values that the SQL uses.

connections:
  # The chat database to read (OLTP). This small one came with the project; a server instead:
  # oltp: { type: mysql, host: "\${OLTP_HOST:-127.0.0.1}", user: "\${OLTP_USER:-etl}", password: "\${OLTP_PASSWORD}", database: chat }
  oltp: { type: duckdb, path: data/chat.duckdb }
  # The warehouse to write (OLAP); a file that the first run makes.
  olap: { type: duckdb, path: data/warehouse.duckdb }

run: { from: oltp, into: olap }
schedule: { interval: 1h }
vars: { timezone: UTC }
logs: { folder: logs, keep_days: 30 }
`;

const pipeline = `# yaml-language-server: $schema=../schemas/pipeline.schema.json
pipeline: chat
description: What is said in the chats, day by day.

sources:
  # Lands in the staging table stg_messages. After the first run only what changed is read.
  messages:
    table: messages
    key: id
    incremental: { cursor: updated_at, lookback: 5m }
    deletes: { soft_column: deleted_at }
    # The text itself stays in the chat database.
    columns: { exclude: [body] }

models:
  messages_daily:
    sql: messages_daily.sql
    description: A row a day with messages.
    strategy: table
    key: day
    tests: [{ unique: day }, { not_null: [day, messages] }]
`;

const sql = `-- Messages and the people who wrote them, by day.
select
  {{date_of "m.created_at"}} as day,
  count(*) as messages,
  count(distinct m.user_id) as writers
from {{ref "stg_messages"}} m
group by {{date_of "m.created_at"}}
`;

const unitTest = `# yaml-language-server: $schema=../schemas/unit-tests.schema.json
# Rows that are given and rows that are expected; \`chat-etl test --unit\` runs them in memory.
tests:
  counts messages and the people who wrote them by day:
    given:
      messages:
        - { id: 1, user_id: 1, created_at: "2024-03-01 08:00:00" }
        - { id: 2, user_id: 1, created_at: "2024-03-01 23:59:59" }
        - { id: 3, user_id: 2, created_at: "2024-03-02 00:00:00" }
    expect:
      messages_daily:
        - { day: "2024-03-01", messages: 2, writers: 1 }
        - { day: "2024-03-02", messages: 1, writers: 1 }
`;

const envExample = `# Copy this file to .env and fill it in; chat-etl.config.yaml reads these as \${NAME}.
OLTP_HOST=127.0.0.1
OLTP_USER=etl
OLTP_PASSWORD=
`;

const gitignore = `node_modules/
data/
logs/
.env
`;

const readme = `# A chat warehouse

YAML says what, SQL says how, \`chat-etl\` does the rest.

    chat-etl run              # read what changed, bring the models up to date
    chat-etl plan             # what a run would do, and why
    chat-etl test             # what the data tests find
    chat-etl test --unit      # given rows, expected rows; no database is needed
    chat-etl new model NAME   # SQL, YAML and a unit test to begin a metric with
    chat-etl history --steps  # the last runs
    chat-etl status           # how each table stands
    chat-etl schedule         # run again and again

| where | what |
|---|---|
| \`chat-etl.config.yaml\` | the databases, the schedule, the values that the SQL uses |
| \`pipelines/chat.yaml\` | which tables to read and which models to make |
| \`sql/messages_daily.sql\` | one model |
| \`unit_tests/messages_daily.yaml\` | a unit test of it |
| \`data/chat.duckdb\` | a small chat database to try all this on |
| \`data/warehouse.duckdb\` | the warehouse; open it with any DuckDB client between runs |

## Add a metric

1. Write \`sql/messages_hourly.sql\`:

       select {{hour_of "m.created_at"}} as hour_of_day, count(*) as messages
       from {{ref "stg_messages"}} m
       group by {{hour_of "m.created_at"}}

2. Name it in \`pipelines/chat.yaml\`, under \`models:\`

       messages_hourly: { sql: messages_hourly.sql, strategy: table, key: hour_of_day }

3. \`chat-etl validate && chat-etl run\`

## Use your own database

Put a \`mysql\` connection in the place of \`oltp\` in \`chat-etl.config.yaml\`, its password in \`.env\` (see \`.env.example\`),
and your tables' names in \`pipelines/chat.yaml\`.
`;

export const projectFiles: Readonly<Record<string, string>> = {
  'chat-etl.config.yaml': config,
  'pipelines/chat.yaml': pipeline,
  'sql/messages_daily.sql': sql,
  'unit_tests/messages_daily.yaml': unitTest,
  '.env.example': envExample,
  '.gitignore': gitignore,
  'README.md': readme,
};
