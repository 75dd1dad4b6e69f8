/** Project and journal state -> Plan. Pure: no clock, no I/O. */
import type { Config } from '../config/types.js';
import { EtlError, type Problem } from '../errors.js';
import { selectSteps } from '../pipeline/select.js';
import type { CompiledModel, Project, Source } from '../pipeline/types.js';
import type { Selection } from '../run/options.js';
import { renderTemplate } from '../template/render.js';
import type { TemplateEnvironment } from '../template/types.js';
import { refuseWholeBackfill } from './backfill.js';
import { changeOf } from './changes.js';
import { type Decision, decideModel, decideSource, type UpstreamFacts } from './decide.js';
import { decideDetection } from './detect.js';
import { changedDefinitions, definitionsHash, fingerprints } from './fingerprint.js';
import { planComparison } from './reconcile.js';
import type { Plan, PlanStep, TableState, WarehouseState } from './types.js';
import { refuseUnbuiltUpstreams } from './unbuilt.js';

export interface PlanRequest {
  readonly project: Project;
  readonly config: Config;
  readonly environment: TemplateEnvironment;
  /** Those of all definitions, where they are known already. */
  readonly fingerprints?: ReadonlyMap<string, string> | undefined;
  readonly selection: Selection;
  readonly state: WarehouseState;
  /** The run's start in the analytic zone, `YYYY-MM-DD HH:MM:SS`. */
  readonly asOf: string;
  /** The run's start, in milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * Plans the steps of a selection, in dependency order. Errors: DEFINITION where `on_change: error` forbids a rebuild, USAGE
 * where a model is chosen without a table that it reads and that was never built.
 */
export function makePlan(request: PlanRequest): Plan {
  const prints = request.fingerprints ?? fingerprints(request.project, request.config, request.environment);
  const planned = new Map<string, PlanStep>();
  const { reconcile, resume } = request.selection;
  const changed = () => changedDefinitions(prints, request.state);
  for (const table of reconcile?.sources ?? resume?.steps ?? selectSteps(request.project, request.selection, changed)) {
    planned.set(table, planStep(table, prints.get(table) ?? '', request, planned));
  }
  const steps = [...planned.values()];
  refuseUnbuiltUpstreams(steps, request);
  if (request.selection.backfill !== undefined) refuseWholeBackfill(steps);
  return {
    ...(reconcile === undefined ? { steps } : planComparison(steps, request.project.sources, reconcile.mode)),
    // Rows are repaired all or not at all: there is no model whose work could be kept.
    atomicity: reconcile === undefined ? request.config.run.atomicity : 'run',
    asOf: request.asOf,
    definitionsHash: definitionsHash(prints),
  };
}

function planStep(
  table: string,
  fingerprint: string,
  request: PlanRequest,
  planned: ReadonlyMap<string, PlanStep>,
): PlanStep {
  const source = request.project.sources.get(table);
  if (source !== undefined) return planSource(source, fingerprint, request);
  const compiled = request.project.models.get(table);
  if (compiled === undefined) throw new EtlError('INTERNAL', `no step is called ${table}`);
  return planModel(compiled, fingerprint, request, planned);
}

function planSource(source: Source, fingerprint: string, request: PlanRequest): PlanStep {
  const { state, selection, nowMs } = request;
  const records = state.watermarks.get(source.table) ?? [];
  const decision = decideSource(source, {
    fingerprint,
    state: state.tables.get(source.table),
    formerName: formerName(fingerprint, request),
    hasWatermark: records.length > 0,
    reloadAsked: selection.reload.includes(source.table) || selection.reload.includes(source.name),
  });
  const detection = decideDetection(source, decision.action, {
    lastAt: records.at(-1)?.detectedAt,
    nowMs,
    asked: selection.detect?.includes(source.table) === true,
  });
  return {
    step: source.table,
    kind: 'source',
    strategy: 'source',
    pipeline: source.pipeline,
    upstreams: [],
    warnings: sourceWarnings(source),
    fingerprint,
    ...decision,
    detect: detection.isDue,
    reasons: [...decision.reasons, ...detection.reasons],
  };
}

function planModel(
  compiled: CompiledModel,
  fingerprint: string,
  request: PlanRequest,
  planned: ReadonlyMap<string, PlanStep>,
): PlanStep {
  const { model } = compiled;
  const upstreams = request.project.upstreams.get(model.table) ?? [];
  const decision = resolveModel(compiled, fingerprint, request, (table) => {
    const step = planned.get(table);
    return {
      pending: step !== undefined && mayChange(step, planned),
      willRebuild: step !== undefined && (step.action === 'load' || step.action === 'build'),
    };
  });
  if (model.onChange === 'error' && decision.action === 'rebuild' && isRedefined(fingerprint, model.table, request)) {
    throw new EtlError('DEFINITION', `${model.name} may not be rebuilt: ${decision.reasons.join('; ')}`, {
      where: model.where,
      hint: 'its `on_change: error` asks for this stop; set it to `rebuild` to go on',
    });
  }
  return {
    step: model.table,
    kind: 'model',
    strategy: model.strategy,
    pipeline: model.pipeline,
    upstreams,
    warnings: [],
    fingerprint,
    ...decision,
  };
}

/**
 * Decides a model from the state as it stands. The run calls it again, right before the model's turn, with the state that
 * extraction and earlier models have left and nothing pending.
 */
export function resolveModel(
  compiled: CompiledModel,
  fingerprint: string,
  request: PlanRequest,
  outlook: (table: string) => Pick<UpstreamFacts, 'pending' | 'willRebuild'>,
): Decision {
  const { project, environment, selection, state, asOf, config } = request;
  const { table } = compiled.model;
  const own = state.tables.get(table);
  const at = (moment: string) =>
    renderTemplate(compiled.template, environment, {
      ref: (name) => name,
      delta: (name) => name,
      asOf: moment,
      timezone: config.timezone,
    }).sql;
  return decideModel(compiled, {
    fingerprint,
    state: own,
    formerName: formerName(fingerprint, request),
    upstreams: (project.upstreams.get(table) ?? []).map((upstream) => ({
      table: upstream,
      change: changeOf(upstream, project, state.tables),
      ...outlook(upstream),
    })),
    positions: state.positions.get(table) ?? new Map(),
    fullRefresh: selection.fullRefresh,
    backfill: compiled.model.strategy === 'partition' ? selection.backfill : undefined,
    asOfMoved: compiled.usesAsOf && own?.asOf !== undefined && own.asOf !== asOf && at(own.asOf) !== at(asOf),
  });
}

/** A table that runs have made by the same definition, of which none tells any more: what a renamed step was called. */
function formerName(fingerprint: string, { project, state }: PlanRequest): string | undefined {
  const isFormer = ([table, former]: readonly [string, TableState]): boolean =>
    former.fingerprint === fingerprint && !project.sources.has(table) && !project.models.has(table);
  return [...state.tables].find(isFormer)?.[0];
}

/** A view itself does nothing when what it reads changes, but its readers see the change. */
function mayChange(step: PlanStep, planned: ReadonlyMap<string, PlanStep>): boolean {
  if (step.action !== 'skip') return true;
  return step.upstreams.some((upstream) => {
    const above = planned.get(upstream);
    return step.strategy === 'view' && above !== undefined && mayChange(above, planned);
  });
}

function isRedefined(fingerprint: string, table: string, { state }: PlanRequest): boolean {
  const own = state.tables.get(table);
  return own !== undefined && own.fingerprint !== fingerprint;
}

function sourceWarnings({ name, key, deletedRows, erase, where }: Source): readonly Problem[] {
  const messages = [
    ...(key.length === 0 ? [`source '${name}' has no key: it is read whole each time`] : []),
    ...(deletedRows === 'keep' && erase === undefined ? [`deleted rows of '${name}' keep all their columns`] : []),
  ];
  return messages.map((message) => ({ severity: 'warning', message, where }));
}
