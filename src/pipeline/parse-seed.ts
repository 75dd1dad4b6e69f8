/** A seed as the YAML says it: a model of strategy `table` that promises the columns of its CSV file. */
import { namesOf, textOf } from '../config/raw.js';
import type { RawStep } from './parse.js';
import { parseColumns } from './parse-model.js';
import { parseTests } from './parse-tests.js';
import type { Model } from './types.js';

/** What is absent or wrong takes its default; the schema has reported it already. */
export function parseSeed(step: RawStep): Model {
  const { name, pipeline, raw } = step;
  const key = namesOf(raw.key);
  return {
    kind: 'model',
    name,
    table: name,
    pipeline,
    description: textOf(raw.description),
    sqlFile: textOf(raw.file) ?? '',
    sqlOverrides: {},
    strategy: 'table',
    key,
    deltaKey: key,
    affects: {},
    acceptStale: [],
    partition: undefined,
    validFrom: undefined,
    erase: undefined,
    onChange: 'rebuild',
    tests: parseTests(step),
    columns: parseColumns(step),
    contractAt: step.keyAt('columns'),
    tags: namesOf(raw.tags),
    where: step.keyAt(),
  };
}
