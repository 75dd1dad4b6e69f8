/** A source as its table suggests it, with what was guessed said beside it. */
import type { Column } from '../engines/types.js';

export interface TableShape {
  readonly table: string;
  /** The primary key; empty where there is none. */
  readonly key: readonly string[];
  readonly columns: readonly Column[];
}

const cursorNames = /^(row_?)?(updated|modified|changed|last_?(updated?|modified|changed?))(_?(at|on|time|ts|date))?$/i;
const deletedNames = /^(deleted|removed)_?(at|on|time|ts|date)$/i;
/** Texts that may be longer than this are seldom counted, and often nobody else's business. */
const longTextChars = 1000;
const longNames = /^(body|text|content|comment|description|bio|notes?|html|raw|payload|data|details)$/i;
const privateNames = /^(e_?mail|phone|password|token|secret|ip)(_|$)/i;

/** Lines of YAML, the source's name first. */
export function sourceYaml(name: string, { table, key: primary, columns }: TableShape, connection?: string): string {
  const timestamps = columns.filter(({ type }) => type.kind === 'timestamp').map((column) => column.name);
  const key = primary.length > 0 ? primary : columns.filter((column) => column.name === 'id').map(() => 'id');
  const cursor = timestamps.find((column) => cursorNames.test(column));
  const excluded = columns
    .filter((column) => (isLong(column, columns) || privateNames.test(column.name)) && !key.includes(column.name))
    .map((column) => column.name);
  return [
    `${name}:`,
    `  description: A row of ${table}.`,
    ...(connection === undefined ? [] : [`  connection: ${connection}`]),
    `  table: ${scalar(table)}`,
    ...keyLines(key, primary),
    ...cursorLines(cursor, key),
    ...deletesLines(
      timestamps.find((column) => deletedNames.test(column)),
      cursor !== undefined && key.length > 0,
    ),
    ...(excluded.length === 0
      ? []
      : [
          `  columns: { exclude: [${excluded.map(scalar).join(', ')}] } # long or private: take out what the SQL needs`,
        ]),
    ...(key.length === 0 ? [] : [`  tests: [{ unique: ${list(key)} }]`]),
  ].join('\n');
}

function keyLines(key: readonly string[], primary: readonly string[]): readonly string[] {
  if (key.length === 0) return ['  # key: the table has no primary key; without one it is read whole each time'];
  return [`  key: ${list(key)}${primary.length > 0 ? '' : ' # a guess: the table has no primary key'}`];
}

function cursorLines(cursor: string | undefined, key: readonly string[]): readonly string[] {
  if (key.length === 0) return [];
  if (cursor === undefined) {
    return [
      '  # incremental: { cursor: … } # no column is named as one that every change sets: it is read whole each time',
    ];
  }
  return [
    `  incremental: { cursor: ${scalar(cursor)}, lookback: 5m } # every change must set it; its table needs an index on it`,
  ];
}

/** A table that is read whole shows by itself what is gone. */
function deletesLines(deletedAt: string | undefined, isIncremental: boolean): readonly string[] {
  if (deletedAt !== undefined) return [`  deletes: { soft_column: ${scalar(deletedAt)} } # rows leave once it is set`];
  return isIncremental ? ['  deletes: detect # looks every 6 hours for rows that are gone'] : [];
}

/** Where a database bounds no text at all, the name must tell. */
function isLong({ name, type }: Column, columns: readonly Column[]): boolean {
  if (type.kind === 'binary' || type.kind === 'json') return true;
  if (type.kind !== 'text') return false;
  if (type.maxLength !== undefined) return type.maxLength > longTextChars;
  return (
    longNames.test(name) || columns.some((other) => other.type.kind === 'text' && other.type.maxLength !== undefined)
  );
}

function list(names: readonly string[]): string {
  return names.length === 1 ? scalar(names[0] ?? '') : `[${names.map(scalar).join(', ')}]`;
}

/** Names that YAML would read as something else stand in quotes. */
function scalar(name: string): string {
  return /^[a-z_][\w$]*$/i.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(name)
    ? name
    : JSON.stringify(name);
}
