/** A record as YAML: the same columns give the same text, so that a change shows as such in version control. */
import { Document, isMap, isScalar, isSeq } from 'yaml';
import { formatType } from '../engines/type-text.js';
import type { Column } from '../engines/types.js';
import type { RecordedColumn, RecordedResults, RecordedTable, SourceRecord } from './record.js';

export function formatRecord(record: SourceRecord): string {
  const document = new Document({
    connection: record.connection,
    ...section('tables', record.tables, tableOf),
    ...section('computed', record.computed, resultsOf),
  });
  putOnOneLine(document.contents);
  return head(record.connection) + document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function head(connection: string): string {
  return `# yaml-language-server: $schema=../schemas/introspected.schema.json
#
# What the sources read from the connection '${connection}' gave when \`chat-etl introspect\` last looked; it writes this file anew.
# \`chat-etl validate\` checks the SQL against it, without any database. To be committed.
`;
}

/** Sorted by name; absent where there is nothing. */
function section<T>(name: string, entries: ReadonlyMap<string, T>, write: (entry: T) => object): object {
  const sorted = [...entries].sort(([left], [right]) => (left < right ? -1 : 1));
  if (sorted.length === 0) return {};
  return { [name]: Object.fromEntries(sorted.map(([key, entry]) => [key, write(entry)])) };
}

function tableOf({ comment, key, columns }: RecordedTable): object {
  return {
    ...(comment === '' ? {} : { comment }),
    ...(key.length === 0 ? {} : { key }),
    columns: Object.fromEntries(columns.map((column) => [column.name, columnOf(column)])),
  };
}

function columnOf({ type, nullable, comment = '' }: Column & Partial<RecordedColumn>): object {
  return {
    type: formatType(type),
    ...(nullable ? {} : { nullable: false }),
    ...(comment === '' ? {} : { comment }),
  };
}

function resultsOf({ query, added }: RecordedResults): object {
  const entries = [...added].map(([name, { expression, type }]) => [name, { expression, type: formatType(type) }]);
  return {
    ...(query === undefined
      ? {}
      : {
          query: query.sql,
          columns: Object.fromEntries(query.columns.map((column) => [column.name, columnOf(column)])),
        }),
    ...(entries.length === 0 ? {} : { add: Object.fromEntries(entries) }),
  };
}

/** A column a line, whatever its comment holds. */
function putOnOneLine(node: unknown): void {
  if (isSeq(node)) node.flow = true;
  if (!isMap(node)) return;
  const holdsScalars = node.items.every(({ value }) => isScalar(value));
  if (holdsScalars && node.has('type')) {
    node.flow = true;
    return;
  }
  for (const { value } of node.items) putOnOneLine(value);
}
