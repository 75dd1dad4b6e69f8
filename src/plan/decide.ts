/**
 * What a run does to one step, from what is known. The plan asks before anything is read (`pending` upstreams may still
 * change), the run asks again with what extraction and earlier steps found: one pure function, so that a plan cannot lie.
 */
import type { CompiledModel, Source } from '../pipeline/types.js';
import type { DayRange } from '../run/options.js';
import { type Change, followedTables } from './changes.js';
import { changedParts } from './fingerprint.js';
import type { Position, StepAction, TableState } from './types.js';

export interface Decision {
  readonly action: StepAction;
  readonly condition: 'always' | 'if_upstream_changed';
  readonly reasons: readonly string[];
}

export interface SourceFacts {
  readonly fingerprint: string;
  readonly state: TableState | undefined;
  /** A table of which no definition tells any more, defined as this one is. */
  readonly formerName?: string | undefined;
  readonly hasWatermark: boolean;
  readonly reloadAsked: boolean;
}

/** How a source is read. */
export function decideSource(source: Source, facts: SourceFacts): Decision {
  const always = (action: StepAction, ...reasons: readonly string[]): Decision => ({
    action,
    condition: 'always',
    reasons,
  });
  if (facts.state === undefined) return always('load', 'not loaded yet', ...renamed(facts));
  if (facts.reloadAsked) return always('reload', 'asked for by --reload');
  if (facts.state.fingerprint !== facts.fingerprint) {
    return always('reload', `${changedParts(facts.state.fingerprint, facts.fingerprint).join(', ')} changed`);
  }
  if (source.incremental === undefined)
    return always('reload', `has no ${source.key.length === 0 ? 'key' : 'cursor'} and is read whole`);
  if (!facts.hasWatermark) return always('reload', 'has no watermark');
  return always('read', `rows from the safe mark of ${source.incremental.cursor.column} on`);
}

export interface UpstreamFacts {
  readonly table: string;
  /** Undefined where it is not built. */
  readonly change: Change | undefined;
  /** True while it may still change in this run. */
  readonly pending: boolean;
  /** True where this run is certain to make it whole again. */
  readonly willRebuild: boolean;
}

export interface ModelFacts {
  readonly fingerprint: string;
  readonly state: TableState | undefined;
  /** As of a source. */
  readonly formerName?: string | undefined;
  readonly upstreams: readonly UpstreamFacts[];
  readonly positions: ReadonlyMap<string, Position>;
  readonly fullRefresh: boolean;
  /** True where the SQL as of this run reads otherwise than as of the last build. */
  readonly asOfMoved: boolean;
  /** Of a `partition` model: days whose partitions are computed again in any case. */
  readonly backfill?: DayRange | undefined;
}

/** What is done to a model. */
export function decideModel(compiled: CompiledModel, facts: ModelFacts): Decision {
  const { model } = compiled;
  const always = (action: StepAction, ...reasons: readonly string[]): Decision => ({
    action,
    condition: 'always',
    reasons,
  });
  if (facts.state === undefined) return always('build', 'not built yet', ...renamed(facts));
  if (model.strategy === 'view' && definitionReasons(facts).length === 0 && !facts.asOfMoved && !facts.fullRefresh) {
    return always('skip', 'a view follows what it reads');
  }
  const rebuildReasons = [...definitionReasons(facts), ...logReasons(compiled, facts)];
  if (facts.fullRefresh && model.strategy !== 'snapshot') rebuildReasons.unshift('asked for by --full-refresh');
  if (facts.asOfMoved) rebuildReasons.push('as_of moved');
  if (rebuildReasons.length > 0) return always('rebuild', ...rebuildReasons);

  const changed = facts.upstreams.filter((upstream) => isAhead(upstream, facts.positions)).map(({ table }) => table);
  const unmapped = unmappedChanges(compiled, changed);
  if (unmapped.length > 0) return always('rebuild', `${unmapped.join(', ')} changed, which \`from\` does not map`);
  const action: StepAction = model.strategy === 'table' ? 'rebuild' : 'update';
  const changes = changed.length === 0 ? [] : [`${changed.join(', ')} changed`];
  if (facts.backfill !== undefined) return always(action, backfillReason(facts.backfill), ...changes);
  if (changes.length > 0) return always(action, ...changes);
  const pending = facts.upstreams.filter((upstream) => upstream.pending).map(({ table }) => table);
  if (pending.length > 0) {
    return { action, condition: 'if_upstream_changed', reasons: [`if ${pending.join(', ')} changed`] };
  }
  return always('skip', 'nothing it reads has changed');
}

function backfillReason({ from, to }: DayRange): string {
  return `${from} to ${to}: asked for by backfill`;
}

function renamed({ formerName }: Pick<ModelFacts, 'formerName'>): readonly string[] {
  if (formerName === undefined) return [];
  return [`${formerName} was defined like this; it stays as it is, until \`chat-etl prune\` removes it`];
}

/** Changed upstreams of a `partition` model that say nothing of partitions. */
function unmappedChanges({ model }: CompiledModel, changed: readonly string[]): readonly string[] {
  const mapped = model.partition?.from;
  return mapped === undefined ? [] : changed.filter((table) => !(table in mapped));
}

function definitionReasons(facts: ModelFacts): string[] {
  if (facts.state === undefined || facts.state.fingerprint === facts.fingerprint) return [];
  return [`${changedParts(facts.state.fingerprint, facts.fingerprint).join(', ')} changed`];
}

/** Reasons why the changes of an upstream cannot be told one by one, so that the model must be made whole. */
function logReasons(compiled: CompiledModel, facts: ModelFacts): string[] {
  const byLog = new Set(followedTables(compiled));
  return facts.upstreams.flatMap((upstream) => {
    const { table, change, willRebuild } = upstream;
    if (!byLog.has(table)) return [];
    const position = facts.positions.get(table);
    if (position === undefined) return [`has not read ${table} yet`];
    if (willRebuild || (change !== undefined && change.rebuiltBatch > position.batch))
      return [`${table} was made anew`];
    const ahead = change !== undefined && change.changedBatch > position.batch;
    const logged = change?.logSince !== undefined && change.logSince <= position.batch + 1;
    return ahead && !logged ? [`the changes of ${table} since the last run were not logged`] : [];
  });
}

function isAhead(upstream: UpstreamFacts, positions: ReadonlyMap<string, Position>): boolean {
  const position = positions.get(upstream.table);
  return position === undefined || (upstream.change !== undefined && upstream.change.changedBatch > position.batch);
}
