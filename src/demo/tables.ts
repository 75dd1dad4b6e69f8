/** The tables of the demo's chat product, for every database they can be written to. */

export type TableName = 'users' | 'chats' | 'chat_members' | 'messages' | 'reactions';

/** Values in the order of the table's columns; timestamps are microseconds since 1970 (UTC). */
export type DemoRow = readonly (number | string | boolean | null)[];

export interface TableBatch {
  readonly table: TableName;
  readonly rows: readonly DemoRow[];
}

export interface DemoColumn {
  readonly name: string;
  readonly kind: 'id' | 'text' | 'boolean' | 'timestamp';
  /** The type on MySQL. */
  readonly mysql: string;
  readonly nullable: boolean;
}

export interface DemoTable {
  readonly columns: readonly DemoColumn[];
  readonly key: readonly string[];
  /** Further indexes, as an application has them. Every table has one on (updated_at, key) as well. */
  readonly indexes: readonly (readonly string[])[];
}

const id = (name: string, mysql = 'bigint unsigned'): DemoColumn => ({ name, kind: 'id', mysql, nullable: false });
const text = (name: string, mysql: string): DemoColumn => ({ name, kind: 'text', mysql, nullable: false });
const moment = (name: string): DemoColumn => ({ name, kind: 'timestamp', mysql: 'datetime(6)', nullable: false });
const optional = (column: DemoColumn): DemoColumn => ({ ...column, nullable: true });
const ownId = id('id', 'bigint unsigned auto_increment');

export const tables: Readonly<Record<TableName, DemoTable>> = {
  users: {
    columns: [
      ownId,
      text('username', 'varchar(64)'),
      text('display_name', 'varchar(128)'),
      optional(text('email', 'varchar(191)')),
      optional(text('country', 'char(2)')),
      { name: 'is_bot', kind: 'boolean', mysql: 'tinyint(1)', nullable: false },
      moment('created_at'),
      moment('updated_at'),
      optional(moment('deleted_at')),
    ],
    key: ['id'],
    indexes: [],
  },
  chats: {
    columns: [
      ownId,
      text('type', `enum('direct', 'group', 'channel')`),
      optional(text('title', 'varchar(191)')),
      id('created_by'),
      moment('created_at'),
      moment('updated_at'),
      optional(moment('deleted_at')),
    ],
    key: ['id'],
    indexes: [],
  },
  chat_members: {
    columns: [
      id('chat_id'),
      id('user_id'),
      text('role', `enum('owner', 'admin', 'member')`),
      moment('joined_at'),
      moment('updated_at'),
      optional(moment('left_at')),
    ],
    key: ['chat_id', 'user_id'],
    indexes: [['user_id']],
  },
  messages: {
    columns: [
      ownId,
      id('chat_id'),
      id('user_id'),
      optional(id('reply_to_id')),
      text('body', 'text'),
      moment('created_at'),
      moment('updated_at'),
      optional(moment('edited_at')),
      optional(moment('deleted_at')),
    ],
    key: ['id'],
    indexes: [['chat_id', 'id']],
  },
  reactions: {
    columns: [
      ownId,
      id('message_id'),
      id('user_id'),
      text('emoji', 'varchar(32)'),
      moment('created_at'),
      moment('updated_at'),
      optional(moment('removed_at')),
    ],
    key: ['id'],
    indexes: [['message_id']],
  },
};

export const tableNames = Object.keys(tables) as readonly TableName[];

/** `YYYY-MM-DD HH:MM:SS.ffffff` of microseconds since 1970, UTC. */
export function formatMoment(micros: number): string {
  const whole = new Date(Math.floor(micros / 1000)).toISOString().slice(0, 23).replace('T', ' ');
  return whole + String(micros % 1000).padStart(3, '0');
}
