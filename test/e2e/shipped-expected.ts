/** What the tables of the shipped project must hold, from the chat database alone. */
import { readdir, readFile } from 'node:fs/promises';
import type { TestDatabase } from '../servers/database.js';
import { asOf } from './shipped-project.js';

export type PlainRows = readonly Readonly<Record<string, unknown>>[];

const folder = new URL('./expected/', import.meta.url);
const { dim_user: currentUsers = '', ...queries } = await readQueries();

/** The staging tables are the chat's own, less what the sources leave out; here no row is deleted for good. */
const staging: Readonly<Record<string, string>> = {
  stg_users: `select id, username, display_name, country, is_bot, created_at, updated_at, deleted_at, null as etl_deleted_at
    from users`,
  stg_chats: 'select *, null as etl_deleted_at from chats',
  stg_chat_members: 'select * from chat_members',
  stg_messages: `select id, chat_id, user_id, reply_to_id, created_at, updated_at, edited_at, deleted_at,
    char_length(body) as body_chars from messages`,
  stg_reactions: 'select * from reactions where removed_at is null',
};

export const tables: readonly string[] = [...Object.keys(staging), 'dim_user', ...Object.keys(queries)];

/** Every table by name; call it after each change of the chat and before the next. */
export type Expected = (chat: TestDatabase) => Promise<ReadonlyMap<string, PlainRows>>;

export function openExpected(): Expected {
  const history = userHistory();
  return async (chat) => {
    const found = new Map<string, PlainRows>();
    for (const [table, sql] of Object.entries({ ...staging, ...queries })) found.set(table, await chat.query(sql));
    found.set(
      'dim_user',
      history(await chat.query(`select d.*, u.updated_at from (${currentUsers}) d join users u on u.id = d.user_id`)),
    );
    return found;
  };
}

/** Collects the states of each user that a run could see, each from the `updated_at` it was first seen with. */
function userHistory(): (users: PlainRows) => PlainRows {
  const versions = new Map<
    unknown,
    { readonly state: string; readonly row: PlainRows[number]; readonly from: unknown }[]
  >();
  return (users) => {
    for (const { updated_at: from, ...row } of users) {
      const known = versions.get(row.user_id) ?? [];
      const state = JSON.stringify(row);
      if (known.at(-1)?.state !== state) known.push({ state, row, from });
      versions.set(row.user_id, known);
    }
    return [...versions.values()].flatMap((of) =>
      of.map(({ row, from }, index) => {
        const next = of[index + 1];
        return { ...row, valid_from: from, valid_to: next?.from ?? null, is_current: next === undefined };
      }),
    );
  };
}

async function readQueries(): Promise<Record<string, string>> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql'));
  const read = async (name: string) =>
    (await readFile(new URL(name, folder), 'utf8')).replaceAll(':as_of', `'${asOf}'`);
  return Object.fromEntries(
    await Promise.all(files.map(async (name) => [name.slice(0, -4), await read(name)] as const)),
  );
}
