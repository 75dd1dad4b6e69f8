/** A model as the YAML says it, with its defaults. */
import { choiceOf, namesOf, objectOf, type RawObject, textOf, wholeNumberOf } from '../config/raw.js';
import type { RawStep } from './parse.js';
import { parseTests } from './parse-tests.js';
import type { ColumnDoc, Model, Partitioning, PartitionMapping } from './types.js';

/** What is absent or wrong takes its default; the schema has reported it already. Overrides are found with the files. */
export function parseModel(step: RawStep): Model {
  const { name, pipeline, raw } = step;
  const key = namesOf(raw.key);
  const affects = Object.entries(objectOf(raw.affects)).map(([table, columns]) => [table, namesOf(columns)] as const);
  return {
    kind: 'model',
    name,
    table: name,
    pipeline,
    description: textOf(raw.description),
    sqlFile: `sql/${textOf(raw.sql) ?? ''}`,
    sqlOverrides: {},
    strategy: choiceOf(raw.strategy, ['table', 'view', 'append', 'merge', 'partition', 'snapshot']),
    key,
    deltaKey: raw.delta_key === undefined ? key : namesOf(raw.delta_key),
    affects: Object.fromEntries(affects),
    acceptStale: namesOf(raw.accept_stale),
    partition: parsePartitioning(raw),
    validFrom: textOf(raw.valid_from),
    erase: raw.erase === undefined ? undefined : namesOf(raw.erase),
    onChange: choiceOf(raw.on_change, ['rebuild', 'error']),
    tests: parseTests(step),
    columns: parseColumns(step),
    contractAt: raw.contract === true ? step.keyAt('contract') : undefined,
    tags: namesOf(raw.tags),
    where: step.keyAt(),
  };
}

function parsePartitioning(raw: RawObject): Partitioning | undefined {
  const by = textOf(raw.partition_by);
  if (by === undefined) return undefined;
  const from = Object.entries(objectOf(raw.from)).map(([table, mapping]) => [table, parseMapping(mapping)] as const);
  const spread = objectOf(raw.spread);
  return {
    by,
    from: Object.fromEntries(from),
    spread: {
      before: wholeNumberOf(spread.before) ?? 0,
      after: wholeNumberOf(spread.after) ?? 0,
      unit: choiceOf(spread.unit, ['days', 'months', 'steps']),
    },
  };
}

function parseMapping(value: unknown): PartitionMapping {
  const column = textOf(value);
  if (column !== undefined) return { column };
  const mapping = objectOf(value);
  return { through: textOf(mapping.through) ?? '', on: namesOf(mapping.on) };
}

/** Of a model or a seed. */
export function parseColumns({ raw, keyAt, valueAt }: RawStep): readonly ColumnDoc[] {
  return Object.entries(objectOf(raw.columns)).map(([name, doc]) => ({
    name,
    description: textOf(doc) ?? textOf(objectOf(doc).description),
    type: textOf(objectOf(doc).type),
    where: keyAt('columns', name),
    typeAt: valueAt('columns', name, 'type'),
  }));
}
