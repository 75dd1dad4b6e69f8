/** Rules over what models read, which keep the law 'incremental equals rebuilt'. */

import { nearestHint } from '../config/nearest.js';
import { errorAt } from '../config/problems.js';
import type { Strategy } from '../engines/contract.js';
import type { Problem } from '../errors.js';
import type { TableReference } from '../template/inspect.js';
import type { Inspected } from './compile.js';
import type { Definition } from './parse.js';
import type { Source } from './types.js';

/** What the rules need to know of a table that is read. */
interface Upstream {
  readonly kind: 'source' | 'seed' | Strategy;
  readonly name: string;
  readonly key: readonly string[];
  readonly appendOnly: boolean;
  /** False where the table's own definition has mistakes: nothing is said of it then. */
  readonly sound: boolean;
}

type Upstreams = ReadonlyMap<string, Upstream>;

/** A model with its template read, and with what it reads split into deltas and whole tables. */
interface Reader extends Inspected {
  readonly deltas: readonly TableReference[];
  readonly refs: readonly TableReference[];
}

export function deltaRules(sources: readonly Definition<Source>[], models: readonly Inspected[]): readonly Problem[] {
  const upstreams = describeTables(sources, models);
  return models.flatMap((inspectedModel) => {
    const { inspected, definition } = inspectedModel;
    if (inspected === undefined || !definition.sound) return [];
    const { deltas } = inspected;
    const refs = inspected.refs.filter(({ name }) => !deltas.some((delta) => delta.name === name));
    const reader: Reader = { ...inspectedModel, deltas, refs };
    return [...countRules(reader), ...upstreamRules(reader, upstreams), ...wholeTableRules(reader, upstreams)];
  });
}

function describeTables(sources: readonly Definition<Source>[], models: readonly Inspected[]): Upstreams {
  const described = new Map<string, Upstream>();
  for (const { step, sound } of sources) {
    const { name, key, appendOnly } = step;
    described.set(step.table, { kind: 'source', name, key, appendOnly, sound });
  }
  for (const { model, definition } of models) {
    const { name, key } = model;
    const kind = definition.kind === 'seeds' ? 'seed' : model.strategy;
    described.set(model.table, { kind, name, key, appendOnly: false, sound: definition.sound });
  }
  return described;
}

/** How many deltas a strategy takes. */
function countRules({ model, definition, inspected, deltas }: Reader): readonly Problem[] {
  const { strategy } = model;
  const [first, second] = deltas;
  if (readsWhole(strategy)) {
    if (first === undefined) return [];
    const message = `a '${strategy}' reads whole tables: a delta has no meaning in it`;
    return [errorAt(first.where, message, `use {{ref "${first.name}"}}, or strategy merge`)];
  }
  // A template with mistakes may hold the delta that was not reached.
  if (first === undefined && strategy !== 'snapshot' && inspected?.rendered !== undefined) {
    const hint = `write {{delta "…"}} in ${inspected.template.path} for the table whose changes make the rows; or use strategy table`;
    return [errorAt(definition.valueAt('strategy'), `'${strategy}' needs one delta, and there is none`, hint)];
  }
  if (second === undefined) return [];
  const hint = `read it by {{ref "${second.name}"}} and name it in 'affects' or 'accept_stale'`;
  return [errorAt(second.where, `'${strategy}' takes one delta; '${second.name}' is the second`, hint)];
}

function readsWhole(strategy: Strategy): boolean {
  return strategy === 'view' || strategy === 'table' || strategy === 'partition';
}

/** Which tables a delta can be of. */
function upstreamRules(reader: Reader, upstreams: Upstreams): readonly Problem[] {
  const { model, deltas } = reader;
  if (readsWhole(model.strategy)) return [];
  return deltas.flatMap(({ name, where }) => {
    const upstream = upstreams.get(name);
    if (upstream === undefined || !upstream.sound) return [];
    if (!keepsChanges(upstream)) {
      const other = upstream.kind === 'seed' ? '' : `, or make '${name}' a merge model`;
      const hint = `use {{ref "${name}"}} and strategy table${other}`;
      return [errorAt(where, `there is no delta of '${name}': ${notKept(upstream)}`, hint)];
    }
    if (upstream.key.length === 0) {
      const hint = `give ${upstream.kind === 'source' ? 'the source' : 'the model'} '${upstream.name}' a 'key'`;
      return [errorAt(where, `there is no delta of '${name}': it has no key to tell its rows by`, hint)];
    }
    if (model.strategy === 'append' && !upstream.appendOnly) {
      const hint = `set 'append_only: true' on its source if rows never change there, else use strategy merge`;
      return [errorAt(where, `'append' needs an append-only source, which '${name}' is not`, hint)];
    }
    return deltaKeyRule(reader, name, upstream);
  });
}

function keepsChanges({ kind }: Upstream): boolean {
  return kind === 'source' || kind === 'merge' || kind === 'snapshot';
}

function notKept({ kind }: Upstream): string {
  return `changes of a ${kind === 'seed' ? kind : `'${kind}' model`} are not kept`;
}

function deltaKeyRule({ model, definition }: Reader, name: string, upstream: Upstream): readonly Problem[] {
  const lengths = model.deltaKey.length === upstream.key.length;
  if (model.strategy === 'append' || lengths || model.key.length === 0) return [];
  const key = `(${upstream.key.join(', ')})`;
  const given = definition.raw.delta_key !== undefined;
  const where = given ? definition.valueAt('delta_key') : definition.valueAt('key');
  const message = given
    ? `'delta_key' must hold the key of '${name}', ${key}`
    : `the key is not that of '${name}', ${key}: 'delta_key' is needed`;
  const hint = `delta_key: the columns of ${model.name} that hold ${key}, in this order`;
  return [errorAt(where, message, hint)];
}

/** A model that follows a delta must say what happens when another table that it reads changes. */
function wholeTableRules(reader: Reader, upstreams: Upstreams): readonly Problem[] {
  const { model, definition, refs, deltas } = reader;
  const follows = (model.strategy === 'merge' || model.strategy === 'snapshot') && deltas.length > 0;
  const named = new Set([...Object.keys(model.affects), ...model.acceptStale]);
  const unnamed = follows ? refs.filter(({ name }) => !named.has(name) && upstreams.has(name)) : [];
  const problems = unnamed.map(({ name, where }) => {
    const hint = `affects: { ${name}: the column of ${deltas[0]?.name ?? 'the delta'} that holds its key }, or accept_stale: [${name}] if old rows may keep what they have`;
    return errorAt(where, `'${model.name}' does not say what happens when '${name}' changes`, hint);
  });
  return [...problems, ...affectsRules(reader, upstreams), ...staleRules(reader, definition)];
}

function affectsRules({ model, definition, refs, deltas }: Reader, upstreams: Upstreams): readonly Problem[] {
  return Object.entries(model.affects).flatMap(([name, columns]) => {
    const where = definition.keyAt('affects', name);
    if (!refs.some((ref) => ref.name === name)) return [notRead(name, where, refs)];
    const upstream = upstreams.get(name);
    if (upstream === undefined || !upstream.sound) return [];
    if (!keepsChanges(upstream) || upstream.key.length === 0) {
      const why = keepsChanges(upstream) ? 'it has no key' : notKept(upstream);
      return [
        errorAt(where, `'${name}' cannot stand in 'affects': ${why}`, `accept_stale: [${name}], or strategy table`),
      ];
    }
    if (columns.length === upstream.key.length) return [];
    const hint = `the columns of ${deltas[0]?.name ?? 'the delta'} that hold (${upstream.key.join(', ')}), in this order`;
    const place = definition.valueAt('affects', name);
    return [
      errorAt(place, `'affects' needs as many columns as the key of '${name}' has: (${upstream.key.join(', ')})`, hint),
    ];
  });
}

function staleRules({ model, refs }: Reader, definition: Reader['definition']): readonly Problem[] {
  const isList = Array.isArray(definition.raw.accept_stale);
  return model.acceptStale.flatMap((name, index) => {
    if (refs.some((ref) => ref.name === name)) return [];
    return [
      notRead(name, isList ? definition.valueAt('accept_stale', index) : definition.valueAt('accept_stale'), refs),
    ];
  });
}

function notRead(name: string, where: TableReference['where'], refs: readonly TableReference[]): Problem {
  const hint = nearestHint(
    name,
    refs.map((ref) => ref.name),
  );
  return errorAt(where, `'${name}' is not read by {{ref}} in this model`, hint);
}
