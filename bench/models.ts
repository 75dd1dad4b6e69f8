/** Ten models of a chat warehouse, in SQL that every contender runs as it is but for the names of tables. */

export interface Model {
  readonly name: string;
  readonly key: string;
  /** `@name` is another table. */
  readonly sql: string;
}

export const models: readonly Model[] = [
  {
    name: 'dim_user',
    key: 'user_id',
    sql: 'select id as user_id, username, display_name, country, is_bot <> 0 as is_bot, created_at, deleted_at from @stg_users',
  },
  {
    name: 'dim_chat',
    key: 'chat_id',
    sql: 'select id as chat_id, type as chat_type, title, created_by, created_at, deleted_at from @stg_chats',
  },
  {
    name: 'fact_member',
    key: 'chat_id, user_id',
    sql: `select m.chat_id, m.user_id, m.role, c.chat_type, m.joined_at, m.left_at is null as is_member
from @stg_chat_members m join @dim_chat c on c.chat_id = m.chat_id`,
  },
  {
    name: 'fact_message',
    key: 'message_id',
    sql: `select m.id as message_id, m.chat_id, m.user_id, cast(m.created_at as date) as day, length(m.body) as body_chars,
  m.reply_to_id is not null as is_reply, m.deleted_at is not null as is_deleted, u.is_bot, m.created_at
from @stg_messages m join @dim_user u on u.user_id = m.user_id`,
  },
  {
    name: 'fact_reaction',
    key: 'reaction_id',
    sql: `select r.id as reaction_id, r.message_id, r.user_id, m.user_id as author_id, m.chat_id, r.emoji, cast(r.created_at as date) as day
from @stg_reactions r join @fact_message m on m.message_id = r.message_id where r.removed_at is null`,
  },
  {
    name: 'user_daily',
    key: 'user_id, day',
    sql: `select user_id, day, count(*) as messages, count(distinct chat_id) as chats, sum(body_chars) as body_chars
from @fact_message where not is_deleted group by user_id, day`,
  },
  {
    name: 'chat_daily',
    key: 'chat_id, day',
    sql: `select chat_id, day, count(*) as messages, count(distinct user_id) as senders
from @fact_message where not is_deleted group by chat_id, day`,
  },
  {
    name: 'response_daily',
    key: 'chat_id, day',
    sql: `select chat_id, day, count(*) as responses, quantile_cont(seconds, 0.5) as median_seconds, quantile_cont(seconds, 0.9) as p90_seconds
from (select chat_id, day, user_id, lag(user_id) over w as before_id,
  epoch_us(created_at) / 1e6 - lag(epoch_us(created_at)) over w / 1e6 as seconds
  from @fact_message where not is_deleted window w as (partition by chat_id order by created_at, message_id)) q
where before_id <> user_id and seconds <= 86400 group by chat_id, day`,
  },
  {
    name: 'active_daily',
    key: 'day',
    sql: `select d.day, count(distinct case when a.day = d.day then a.user_id end) as dau, count(distinct a.user_id) as active_28
from (select distinct day from @user_daily) d join @user_daily a on a.day between d.day - 27 and d.day group by d.day`,
  },
  {
    name: 'chat_total',
    key: 'chat_id',
    sql: `select c.chat_id, c.chat_type, coalesce(d.messages, 0) as messages, coalesce(d.days, 0) as active_days, coalesce(r.reactions, 0) as reactions
from @dim_chat c left join (select chat_id, sum(messages) as messages, count(*) as days from @chat_daily group by chat_id) d on d.chat_id = c.chat_id
left join (select chat_id, count(*) as reactions from @fact_reaction group by chat_id) r on r.chat_id = c.chat_id`,
  },
];

/** The model's SQL with each `@name` as `reference` writes it. */
export function sqlOf({ sql }: Model, reference: (name: string) => string): string {
  return sql.replace(/@(\w+)/g, (_, name: string) => reference(name));
}
