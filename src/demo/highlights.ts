/** A few numbers of the shipped warehouse that make sense to a person. */
import type { ResultRow } from '../engines/types.js';
import { formatCount } from '../report/format.js';
import type { Paint } from '../report/paint.js';
import { formatTable, type TableColumn } from '../report/table.js';

interface Highlight {
  readonly title: string;
  readonly sql: string;
  readonly columns: readonly (TableColumn & { readonly cell: (row: ResultRow) => string })[];
}

const text = (title: string, name: string, maxWidth = 28) => ({
  title,
  align: 'left' as const,
  maxWidth,
  cell: (row: ResultRow) => String(row[name] ?? ''),
});
const count = (title: string, name: string) => ({
  title,
  align: 'right' as const,
  cell: (row: ResultRow) => formatCount(Number(row[name])),
});
const share = (title: string, name: string) => ({
  title,
  align: 'right' as const,
  cell: (row: ResultRow) => `${Math.round(Number(row[name]) * 100)} %`,
});

const highlights: readonly Highlight[] = [
  {
    title: 'Who wrote: users of the day (DAU), of 7 days (WAU) and of 28 days (MAU)',
    sql: `select * from (
        select a.date_key, a.day, m.messages, a.dau, a.wau, a.mau, a.stickiness
        from active_users_daily a join messages_daily m on m.date_key = a.date_key
        where a.date_key < (select max(date_key) from active_users_daily)
        order by a.date_key desc limit 7
      ) last_days order by date_key`,
    columns: [
      text('day', 'day'),
      count('messages', 'messages'),
      count('DAU', 'dau'),
      count('WAU', 'wau'),
      count('MAU', 'mau'),
      share('stickiness', 'stickiness'),
    ],
  },
  {
    title: 'The busiest chats',
    sql: `select coalesce(c.title, '(direct)') as title, c.chat_type, f.members, f.messages, f.reactions
      from fact_chat f join dim_chat c on c.chat_id = f.chat_id
      order by f.messages desc, f.chat_id limit 5`,
    columns: [
      text('chat', 'title'),
      text('type', 'chat_type'),
      count('members', 'members'),
      count('messages', 'messages'),
      count('reactions', 'reactions'),
    ],
  },
  {
    title: 'How active the users of the last full month were',
    sql: `select activity_level, users, messages, share_of_users from activity_levels_monthly
      where month_start = (
        select max(month_start) from activity_levels_monthly
        where month_start < (select max(month_start) from activity_levels_monthly)
      )
      order by messages desc`,
    columns: [
      text('level', 'activity_level'),
      count('users', 'users'),
      count('messages', 'messages'),
      share('of all users', 'share_of_users'),
    ],
  },
  {
    title: 'Who came, came back and left, by week',
    sql: `select * from (
        select week_start, active_users, new_users, retained_users, resurrected_users, churned_users
        from user_growth_weekly where is_complete order by week_start desc limit 4
      ) last_weeks order by week_start`,
    columns: [
      text('week of', 'week_start'),
      count('active', 'active_users'),
      count('new', 'new_users'),
      count('stayed', 'retained_users'),
      count('came back', 'resurrected_users'),
      count('left', 'churned_users'),
    ],
  },
];

/** Small tables with titles, as text. */
export async function formatHighlights(
  query: (sql: string) => Promise<readonly ResultRow[]>,
  paint: Paint,
): Promise<string> {
  const blocks: string[] = [];
  for (const { title, sql, columns } of highlights) {
    const rows = await query(sql);
    const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
    blocks.push(`${paint.bold(title)}\n\n${formatTable(columns, cells, paint)}`);
  }
  return blocks.join('\n\n');
}
