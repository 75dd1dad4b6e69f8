/** What becomes of deleted rows: `deleted_rows`, `erase` and `retention` of a source, `erase` of a snapshot. */
import { errorAt } from '../config/problems.js';
import { deletedAt } from '../deleted-at.js';
import type { Place, Problem } from '../errors.js';
import type { Inspected } from './compile.js';
import type { Definition } from './parse.js';
import { absence } from './source-columns.js';
import type { Model, Source, Step } from './types.js';

/** The rules of one source. */
export function deletedRowsRules(definition: Definition<Source>): readonly Problem[] {
  return [
    ...keepRules(definition),
    ...eraseRules(definition),
    ...retentionRules(definition),
    ...reservedName(definition),
  ];
}

/** The rules of what models make of sources whose rows are erased. */
export function erasureRules(sources: readonly Definition<Source>[], models: readonly Inspected[]): readonly Problem[] {
  const byTable = new Map(sources.map(({ step }) => [step.table, step]));
  return models.flatMap((model) => {
    if (!model.definition.sound) return [];
    return [...snapshotRules(model, byTable), ...partitionValueRules(model, byTable)];
  });
}

function keepRules({ step: source, keyAt }: Definition<Source>): readonly Problem[] {
  if (source.deletedRows !== 'keep') return [];
  const where = keyAt('deleted_rows');
  if (source.key.length === 0) {
    return [errorAt(where, "'deleted_rows: keep' needs a 'key'", 'a deleted row is known by it, e.g. key: id')];
  }
  if (source.appendOnly) {
    return [errorAt(where, "a source that is 'append_only' has no deletes", 'leave one of the two out')];
  }
  if (source.deletes.policy === 'ignore' && source.incremental !== undefined) {
    const hint = 'say how deletes are found, e.g. deletes: detect';
    return [errorAt(where, "'deleted_rows: keep' has no meaning where deletes are ignored", hint)];
  }
  if (source.erase !== undefined) return [];
  const hint = 'name the personal columns in `erase`; `erase: []` says that there are none';
  const message = `deleted rows of '${source.name}' keep all their columns`;
  return [{ severity: 'warning', message, where, hint }];
}

function eraseRules(definition: Definition<Source>): readonly Problem[] {
  const { step: source, keyAt } = definition;
  if (source.erase === undefined) return [];
  if (source.deletedRows !== 'keep') {
    const hint = 'without it a deleted row leaves staging with all its columns';
    return [errorAt(keyAt('erase'), "'erase' needs 'deleted_rows: keep'", hint)];
  }
  const needed = new Map([
    ...source.key.map((column) => [column, "is part of the 'key'"] as const),
    [cursorColumn(source), 'is the cursor'] as const,
    [softColumn(source), "is the 'soft_column'"] as const,
    [source.retention?.column, "is the column of 'retention'"] as const,
  ]);
  const problems = source.erase.flatMap((column, index) => {
    const why = needed.get(column);
    if (why !== undefined) return [errorAt(erasedAt(definition, index), `'${column}' cannot be erased: it ${why}`)];
    const mistake = absence(column, source);
    return mistake === undefined ? [] : [errorAt(erasedAt(definition, index), `the erased column ${mistake}`)];
  });
  return [...problems, ...notNullRules(source, source.erase, `where: ${deletedAt} is null`)];
}

/** The cursor by its name in staging. */
function cursorColumn({ incremental, columns }: Source): string | undefined {
  const column = incremental?.cursor.column;
  return column === undefined ? undefined : (columns.rename[column] ?? column);
}

function softColumn({ deletes }: Source): string | undefined {
  return deletes.policy === 'soft_column' ? deletes.column : undefined;
}

/** The first deletion would undo every run from then on. */
function notNullRules(step: Step, erase: readonly string[], filter: string): readonly Problem[] {
  return step.tests.flatMap((test) => {
    if (test.kind !== 'not_null' || test.filter !== undefined) return [];
    const erased = test.columns.filter((column) => erase.includes(column));
    if (erased.length === 0) return [];
    const message = `'not_null' of ${erased.join(', ')}, which 'erase' makes NULL in deleted rows`;
    return [errorAt(test.where, message, `test the others alone, e.g. ${filter}`)];
  });
}

function retentionRules({ step: source, keyAt, valueAt }: Definition<Source>): readonly Problem[] {
  if (source.retention === undefined) return [];
  const where = keyAt('retention');
  if (source.key.length === 0) {
    return [errorAt(where, "'retention' needs a 'key'", 'a row that vanished is known by it, e.g. key: id')];
  }
  if (source.appendOnly) {
    const hint = 'there nothing is looked for that vanished: leave one of the two out';
    return [errorAt(where, "'retention' has no meaning for a source that is 'append_only'", hint)];
  }
  if (source.incremental !== undefined && source.deletes.detectEveryMs === undefined) {
    const hint = "add deletes: { detect: { every: 6h } }, or leave 'retention' out";
    return [errorAt(where, "'retention' has no meaning where nothing looks for rows that vanished", hint)];
  }
  const mistake = absence(source.retention.column, source);
  return mistake === undefined ? [] : [errorAt(valueAt('retention', 'column'), `the column of 'retention' ${mistake}`)];
}

function reservedName({ step: source, valueAt, keyAt }: Definition<Source>): readonly Problem[] {
  const taken = (name: string) => name.toLowerCase() === deletedAt;
  const refuse = (where: Place) => errorAt(where, `'${deletedAt}' is a name that belongs to chat-etl`);
  const { rename, add } = source.columns;
  return [
    ...Object.entries(rename).flatMap(([from, to]) => (taken(to) ? [refuse(valueAt('columns', 'rename', from))] : [])),
    ...Object.keys(add).flatMap((name) => (taken(name) ? [refuse(keyAt('columns', 'add', name))] : [])),
  ];
}

const historyColumns: readonly string[] = ['valid_from', 'valid_to', 'is_current'];

function snapshotRules(
  { model, definition, inspected }: Inspected,
  sources: ReadonlyMap<string, Source>,
): readonly Problem[] {
  if (model.strategy !== 'snapshot' || inspected === undefined) return [];
  const read = [...new Set([...inspected.deltas, ...inspected.refs].map(({ name }) => name))];
  const followed = inspected.deltas[0]?.name ?? (read.length === 1 ? read[0] : undefined);
  const source = followed === undefined ? undefined : sources.get(followed);
  if (model.erase === undefined) return source === undefined ? [] : historyWarning(definition, model, source);
  if (source === undefined || model.deltaKey.length !== source.key.length) {
    const hint = 'read the staging table by {{delta "stg_…"}}: its rows tell what was deleted';
    return [errorAt(definition.keyAt('erase'), "'erase' needs a snapshot of a source", hint)];
  }
  const kept = [...model.key, ...model.deltaKey, ...historyColumns];
  const problems = model.erase.flatMap((column, index) =>
    kept.includes(column)
      ? [errorAt(erasedAt(definition, index), `'${column}' cannot be erased: it tells the versions of a row apart`)]
      : [],
  );
  return [...problems, ...notNullRules(model, model.erase, 'where: is_current and not is_deleted')];
}

/** What the source erases lives on in a history that does not. */
function historyWarning(definition: Definition<Model>, model: Model, source: Source): readonly Problem[] {
  if ((source.erase ?? []).length === 0) return [];
  return [
    {
      severity: 'warning',
      message: `the history of '${model.name}' keeps what '${source.name}' erases`,
      where: definition.valueAt('strategy'),
      hint: 'name the personal columns of the model in `erase`; `erase: []` says that there are none',
    },
  ];
}

/** Values of these columns stand in the change log, which outlives the row until all have read it. */
function partitionValueRules(
  { model, definition }: Inspected,
  sources: ReadonlyMap<string, Source>,
): readonly Problem[] {
  return Object.entries(model.partition?.from ?? {}).flatMap(([table, mapping]) => {
    const columns = 'column' in mapping ? [mapping.column] : mapping.on;
    const erased = columns.filter((column) => sources.get(table)?.erase?.includes(column));
    if (erased.length === 0) return [];
    const message = `'${erased.join(', ')}' of '${table}' is erased in deleted rows: it cannot tell partitions`;
    return [errorAt(definition.valueAt('from', table), message, 'leave it out: its changes then rebuild the model')];
  });
}

function erasedAt({ raw, valueAt }: Definition, index: number): Place {
  return Array.isArray(raw.erase) ? valueAt('erase', index) : valueAt('erase');
}
