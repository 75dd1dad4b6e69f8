/** Rules over the YAML of pipelines that a schema cannot say: names, and what a step's own keys say together. */

import { nearestHint } from '../config/nearest.js';
import { errorAt } from '../config/problems.js';
import type { Config } from '../config/types.js';
import type { Capabilities } from '../engines/contract.js';
import { formatPlace, type Place, type Problem } from '../errors.js';
import type { Definition, ParsedPipeline } from './parse.js';
import type { Model } from './types.js';

const longestName = 52;

/** Pipelines, staging tables and models: each name well formed and there once. Staging tables and models share one namespace. */
export function nameRules(pipelines: readonly ParsedPipeline[]): readonly Problem[] {
  const problems: Problem[] = [];
  const firstPipeline = new Map<string, Place>();
  const firstTable = new Map<string, Place>();
  for (const { pipeline, where, sources, models } of pipelines) {
    problems.push(...wellFormed(pipeline.name, pipeline.name, where));
    problems.push(...once(firstPipeline, pipeline.name, where, `pipeline '${pipeline.name}'`));
    for (const { step } of sources) {
      problems.push(...wellFormed(step.name, step.table, step.where));
      problems.push(...once(firstTable, step.table, step.where, `source '${step.name}' (table ${step.table})`));
    }
    for (const { step, kind } of models) {
      const word = kind === 'seeds' ? 'seed' : 'model';
      problems.push(...wellFormed(step.name, step.table, step.where));
      problems.push(...once(firstTable, step.table, step.where, `${word} '${step.name}'`));
    }
  }
  return problems;
}

function wellFormed(name: string, table: string, where: Place): readonly Problem[] {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    const hint = 'small letters, digits and _, a letter first';
    return [errorAt(where, `'${name}' cannot be a name`, hint)];
  }
  if (table.length > longestName) {
    return [errorAt(where, `'${table}' is ${table.length} characters long; ${longestName} is the most`)];
  }
  return table.startsWith('etl_')
    ? [errorAt(where, `'${table}' cannot be a name: what starts with etl_ belongs to the journal`)]
    : [];
}

function once(first: Map<string, Place>, name: string, where: Place, what: string): readonly Problem[] {
  const earlier = first.get(name);
  if (earlier === undefined) {
    first.set(name, where);
    return [];
  }
  return [errorAt(where, `${what} is there twice`, `the other one is at ${formatPlace(earlier)}`)];
}

/** `connection` names one, and relationship tests name tables that are there. */
export function referenceRules(definitions: readonly Definition[], config: Config): readonly Problem[] {
  const tables = new Set(definitions.map(({ step }) => step.table));
  return definitions.flatMap((definition) => {
    const { step } = definition;
    const problems: Problem[] = [];
    if (step.kind === 'source' && step.connection !== undefined && config.connections[step.connection] === undefined) {
      const hint = nearestHint(step.connection, Object.keys(config.connections));
      problems.push(errorAt(definition.valueAt('connection'), `no connection is called '${step.connection}'`, hint));
    }
    for (const test of step.tests) {
      if (test.kind !== 'relationship' || tables.has(test.toTable)) continue;
      const place = definition.valueAt('tests', step.tests.indexOf(test), 'relationship', 'to');
      problems.push(errorAt(place, `no table is called '${test.toTable}'`, tableHint(test.toTable, tables)));
    }
    return problems;
  });
}

/** The nearest table; a source's name without its prefix is the usual slip. */
export function tableHint(name: string, tables: ReadonlySet<string>): string | undefined {
  if (tables.has(`stg_${name}`)) return `did you mean 'stg_${name}'?`;
  return nearestHint(name, tables);
}

/** What a strategy needs of the model's own keys, and whether the warehouse's engine can do it. */
export function modelRules(definition: Definition<Model>, strategies: Capabilities['strategies']): readonly Problem[] {
  const { step: model, raw, keyAt, valueAt, sound } = definition;
  if (!sound) return [];
  const problems: Problem[] = [];
  const able = strategies[model.strategy];
  if (able !== true)
    problems.push(errorAt(valueAt('strategy'), `the warehouse cannot do '${model.strategy}': ${able}`));
  const needsKey = ['merge', 'partition', 'snapshot'].includes(model.strategy);
  if (needsKey && model.key.length === 0) {
    problems.push(errorAt(valueAt('strategy'), `'${model.strategy}' needs a 'key'`, keyHint(model)));
  }
  if (model.strategy === 'snapshot' && model.validFrom === undefined) {
    const hint = 'the column of the query that says since when the row is as it is, e.g. valid_from: updated_at';
    problems.push(errorAt(valueAt('strategy'), "'snapshot' needs 'valid_from'", hint));
  }
  if (model.strategy === 'partition' && model.partition === undefined) {
    const hint = "the column that tells a row's partition, e.g. partition_by: date_key";
    problems.push(errorAt(valueAt('strategy'), "'partition' needs 'partition_by'", hint));
  }
  for (const [key, allowed] of Object.entries(onlyFor)) {
    if (raw[key] === undefined || allowed.includes(model.strategy)) continue;
    const message = `'${key}' means nothing with strategy '${model.strategy}'`;
    problems.push(errorAt(keyAt(key), message, `it belongs to ${allowed.join(' and ')}`));
  }
  return problems;
}

const onlyFor: Readonly<Record<string, readonly string[]>> = {
  delta_key: ['merge', 'snapshot'],
  affects: ['merge', 'snapshot'],
  accept_stale: ['merge', 'snapshot'],
  valid_from: ['snapshot'],
  erase: ['snapshot'],
  partition_by: ['partition'],
  from: ['partition'],
  spread: ['partition'],
};

function keyHint(model: Model): string {
  return `the columns that tell one row of ${model.name} from another, e.g. key: id`;
}
