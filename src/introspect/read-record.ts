/** Reads `introspected/<connection>.yaml`. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { errorAt, withSourceLines } from '../config/problems.js';
import { isObject, namesOf, objectOf, type RawObject, textOf } from '../config/raw.js';
import { schemaMistakes, schemaProblem } from '../config/schema-check.js';
import { parseYamlFile, type YamlFile, type YamlPath } from '../config/yaml-file.js';
import { parseType } from '../engines/type-text.js';
import type { Column } from '../engines/types.js';
import { EtlError, type Problem } from '../errors.js';
import {
  type RecordedColumn,
  type RecordedResults,
  type RecordedTable,
  recordPath,
  type SourceRecord,
} from './record.js';

export interface ReadRecord {
  /** Undefined where there is no file, or one with mistakes. */
  readonly record: SourceRecord | undefined;
  readonly problems: readonly Problem[];
}

/** Throws only where the file cannot be read (IO). */
export async function readRecord(root: string, connection: string): Promise<ReadRecord> {
  const file = recordPath(connection);
  const text = await readIfThere(path.join(root, file), file);
  if (text === undefined) return { record: undefined, problems: [] };
  const yaml = parseYamlFile(file, text);
  const problems = [
    ...yaml.problems,
    ...(yaml.value === undefined ? [] : schemaMistakes('introspected', yaml.value)).map((it) =>
      schemaProblem(it, yaml),
    ),
    ...unknownTypes(yaml),
  ];
  if (problems.length > 0) return { record: undefined, problems: withSourceLines(problems, new Map([[file, text]])) };
  return { record: toRecord(connection, objectOf(yaml.value)), problems };
}

async function readIfThere(file: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isObject(error) && error.code === 'ENOENT') return undefined;
    throw new EtlError('IO', `${name} cannot be read`, { cause: error });
  }
}

function unknownTypes(yaml: YamlFile): readonly Problem[] {
  const found: Problem[] = [];
  const visit = (value: unknown, at: YamlPath): void => {
    for (const [key, member] of Object.entries(objectOf(value))) {
      if (key === 'type' && typeof member === 'string' && parseType(member) === undefined) {
        const hint = 'e.g. integer(64), decimal(18,2), text(255), timestamp; `chat-etl introspect` writes this file';
        found.push(errorAt(yaml.valueAt([...at, key]), `'${member}' is no type of a column`, hint));
      } else if (isObject(member)) visit(member, [...at, key]);
    }
  };
  visit(yaml.value, []);
  return found;
}

function toRecord(connection: string, raw: RawObject): SourceRecord {
  return {
    connection,
    tables: mapOf(raw.tables, toTable),
    computed: mapOf(raw.computed, toResults),
  };
}

function toTable(raw: RawObject): RecordedTable {
  return { comment: textOf(raw.comment) ?? '', key: namesOf(raw.key), columns: toColumns(raw.columns) };
}

function toResults(raw: RawObject): RecordedResults {
  const sql = textOf(raw.query);
  return {
    query: sql === undefined ? undefined : { sql, columns: toColumns(raw.columns) },
    added: mapOf(raw.add, (added) => ({ expression: textOf(added.expression) ?? '', type: typeOf(added) })),
  };
}

function toColumns(raw: unknown): readonly RecordedColumn[] {
  return [...mapOf(raw, (column) => column)].map(([name, column]) => ({
    name,
    type: typeOf(column),
    nullable: column.nullable !== false,
    comment: textOf(column.comment) ?? '',
  }));
}

function typeOf(raw: RawObject): Column['type'] {
  return parseType(textOf(raw.type) ?? '') ?? { kind: 'text' };
}

function mapOf<T>(raw: unknown, read: (entry: RawObject) => T): ReadonlyMap<string, T> {
  return new Map(Object.entries(objectOf(raw)).map(([name, entry]) => [name, read(objectOf(entry))]));
}
