/** The SQL of the project that histories run. */
import type { Definitions } from './definitions.js';

export function sqlOf({ broken, ...is }: Definitions): Readonly<Record<string, string>> {
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
    'sql/chat_totals.sql': `select f.chat_id, r.title, count(*) as messages, {{to_integer "sum(f.body_chars)"}} as chars
from {{ref "fact_message"}} f left join {{ref "stg_rooms"}} r on r.id = f.chat_id
${is.otherStrategies ? 'where {{dirty "f.chat_id"}}\n' : ''}group by f.chat_id, r.title
`,
    'sql/message_view.sql': `select date_key, messages, users from {{ref "messages_daily"}} where messages > ${is.viewFrom}
`,
    'sql/busy_days.sql': `select date_key, messages from {{ref "message_view"}} where users > 1
`,
    'sql/dim_user.sql': `select id as user_id, ${is.loudNames ? 'upper(name)' : 'name'} as name, country,${
      is.loudNames ? ' 1 as is_loud,' : ''
    } updated_at from {{ref "stg_users"}}
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
    'sql/country_chats.sql': `select coalesce(country, '') as country_key, chat_id, country, count(*) as messages
from {{ref "fact_message"}} where {{dirty "country"}} group by country, chat_id
`,
    'sql/active_users.sql': `with days as (
  select distinct date_key, user_id from {{ref "fact_message"}} where {{dirty "date_key" before=${is.activeDays}}}
)
select d.date_key, count(distinct w.user_id) as users
from (select distinct date_key from days) d
join days w on {{date_of_key "w.date_key"}} between {{add_days (date_of_key "d.date_key") "-${is.activeDays}"}} and {{date_of_key "d.date_key"}}
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
    'sql/fact_pin.sql': `select id as pin_id, message_id, ${is.color} as color from {{delta "stg_pins"}}
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
