/** Rules of strategy `partition`: what its `from` may name, and that its SQL keeps to the dirty partitions. */
import { nearestHint } from '../config/nearest.js';
import { errorAt } from '../config/problems.js';
import type { Strategy } from '../engines/contract.js';
import type { Problem } from '../errors.js';
import type { Inspected } from './compile.js';
import type { Definition } from './parse.js';
import type { Partitioning, Source } from './types.js';

interface Upstream {
  readonly kind: 'source' | Strategy;
  readonly key: readonly string[];
}

export function partitionRules(
  sources: readonly Definition<Source>[],
  models: readonly Inspected[],
): readonly Problem[] {
  const upstreams = new Map<string, Upstream>([
    ...sources.map(({ step }) => [step.table, { kind: 'source', key: step.key }] as const),
    ...models.map(({ model }) => [model.table, { kind: model.strategy, key: model.key }] as const),
  ]);
  return models.flatMap((inspectedModel) => {
    const { model, definition, inspected } = inspectedModel;
    if (inspected === undefined || !definition.sound) return [];
    if (model.strategy !== 'partition') return strayDirty(inspectedModel);
    if (model.partition === undefined) return [];
    return [...fromRules(inspectedModel, model.partition, upstreams), ...limitRules(inspectedModel)];
  });
}

function strayDirty({ model, definition, inspected }: Inspected): readonly Problem[] {
  if ((inspected?.rendered?.dirtyBefore ?? []).length === 0) return [];
  const message = `{{dirty}} has no meaning in a '${model.strategy}'`;
  return [errorAt(definition.valueAt('strategy'), message, 'use strategy partition, or take {{dirty}} out')];
}

/** Without `dirty` the SQL gives all partitions, of which only some were asked for. */
function limitRules({ definition, inspected }: Inspected): readonly Problem[] {
  if (inspected?.rendered === undefined || inspected.rendered.dirtyBefore.includes(0)) return [];
  const hint = `write where {{dirty "…"}} in ${inspected.template.path}, with the expression that becomes partition_by`;
  return [errorAt(definition.valueAt('strategy'), "'partition' needs {{dirty}} in its SQL, and there is none", hint)];
}

function fromRules(
  { definition, inspected }: Inspected,
  partition: Partitioning,
  upstreams: ReadonlyMap<string, Upstream>,
): readonly Problem[] {
  const reads = (inspected?.refs ?? []).map(({ name }) => name);
  return Object.entries(partition.from).flatMap(([name, mapping]) => {
    const where = definition.keyAt('from', name);
    const upstream = upstreams.get(name);
    if (!reads.includes(name) || upstream === undefined) {
      return [errorAt(where, `'${name}' is not read by {{ref}} in this model`, nearestHint(name, reads))];
    }
    if (!keepsChanges(upstream)) {
      const why =
        upstream.key.length === 0 ? 'it has no key' : `changes of a '${upstream.kind}' are not kept by partition`;
      const hint = 'leave it out: its changes then rebuild the model';
      return [errorAt(where, `'${name}' cannot stand in 'from': ${why}`, hint)];
    }
    if ('column' in mapping) return [];
    const through = partition.from[mapping.through];
    const key = upstreams.get(mapping.through)?.key ?? [];
    if (through === undefined || !('column' in through)) {
      const hint = `from: { ${mapping.through}: the column that holds the partition }`;
      return [errorAt(where, `'${mapping.through}' must stand in 'from' itself, with its own column`, hint)];
    }
    if (mapping.on.length === key.length) return [];
    const hint = `on: the columns of ${name} that hold (${key.join(', ')}), in this order`;
    return [errorAt(where, `'on' must hold the key of '${mapping.through}', (${key.join(', ')})`, hint)];
  });
}

function keepsChanges({ kind, key }: Upstream): boolean {
  return key.length > 0 && ['source', 'merge', 'partition', 'table'].includes(kind);
}
