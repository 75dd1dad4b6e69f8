/** What has become of the sources' tables since their columns were recorded. */
import { formatType } from '../engines/type-text.js';
import type { Place, Problem } from '../errors.js';
import { type RecordedTable, recordPath, type SourceRecord } from '../introspect/record.js';
import type { Source } from '../pipeline/types.js';

const hint = '`chat-etl introspect` records it anew';

/** Each table's differences once, as warnings at the first source that reads it: what follows from them is told elsewhere. */
export function driftProblems(
  sources: readonly Source[],
  recorded: SourceRecord | undefined,
  live: SourceRecord,
): readonly Problem[] {
  const told = new Set<string>();
  return sources.flatMap(({ from, where }) => {
    if (!('table' in from) || told.has(from.table)) return [];
    told.add(from.table);
    const now = live.tables.get(from.table);
    if (now === undefined) return [];
    const then = recorded?.tables.get(from.table);
    const path = recordPath(live.connection);
    if (then === undefined) return [warningAt(where, `${path} does not hold '${from.table}'`)];
    return changes(then, now).map((change) => warningAt(where, `'${from.table}' is not as ${path} says: ${change}`));
  });
}

function changes(then: RecordedTable, now: RecordedTable): readonly string[] {
  const before = new Map(then.columns.map((column) => [column.name, formatType(column.type)]));
  const after = new Map(now.columns.map((column) => [column.name, formatType(column.type)]));
  const added = [...after].filter(([name]) => !before.has(name));
  const gone = [...before].filter(([name]) => !after.has(name));
  const retyped = [...after].filter(([name, type]) => before.has(name) && before.get(name) !== type);
  return [
    ...added.map(([name, type]) => `there is a new column '${name}' (${type})`),
    ...gone.map(([name]) => `the column '${name}' is gone`),
    ...retyped.map(([name, type]) => `'${name}' was ${before.get(name)} and is ${type}`),
    ...(then.key.join() === now.key.join()
      ? []
      : [`its key was (${then.key.join(', ')}) and is (${now.key.join(', ')})`]),
  ];
}

function warningAt(where: Place, message: string): Problem {
  return { severity: 'warning', message, where, hint };
}
