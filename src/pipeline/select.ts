/** Which steps a run takes. */
import { nearestHint } from '../config/nearest.js';
import { EtlError } from '../errors.js';
import type { Selection } from '../run/options.js';
import { chosenBy } from './choose.js';
import { parseSelector, type Selector } from './selector.js';
import { testedAgainst } from './tests-of.js';
import type { Project } from './types.js';

export interface StepSelection {
  /** Pipeline names; empty for all. */
  readonly pipelines: readonly string[];
  /** True: also the steps of other pipelines that these, or their tests, need; else of those the views alone. */
  readonly withUpstreams: boolean;
  /** Expressions of `selector.ts`: of the pipelines' steps those that any of them names; all where there is none. */
  readonly select?: readonly string[];
  /** Those that any of them names are left out. */
  readonly exclude?: readonly string[];
}

/** Tables whose definition differs from that of their last success, for `changed`. */
export type ChangedTables = () => ReadonlySet<string>;

/** Table names in dependency order. Errors: USAGE where an expression is wrong or names what is not there. */
export function selectSteps(
  project: Project,
  selection: StepSelection,
  changed: ChangedTables = () => new Set(),
): readonly string[] {
  const { select = [], exclude = [] } = selection;
  const ofPipelines = pipelineSteps(project, selection);
  if (select.length + exclude.length === 0) return ofPipelines;
  const named = (selectors: readonly Selector[]) => chosenBy(project, selectors.flat(), changed);
  const included = named(selectorsOf('--select', select));
  const excluded = named(selectorsOf('--exclude', exclude));
  const isChosen = (table: string) => (select.length === 0 || included.has(table)) && !excluded.has(table);
  return withNeeded(project, ofPipelines.filter(isChosen), false);
}

/** True where `selectSteps` must know which definitions changed. */
export function asksForChanges({ select = [], exclude = [] }: StepSelection): boolean {
  const selectors = [...selectorsOf('--select', select), ...selectorsOf('--exclude', exclude)];
  return selectors.flat(2).some(({ method }) => method === 'changed');
}

/** The choice as the user wrote it, for the journal; undefined where there is none. */
export function selectionText(selection: StepSelection & Pick<Selection, 'backfill' | 'resume'>): string | undefined {
  const { select = [], exclude = [], backfill, resume } = selection;
  const parts = [
    ...select,
    ...exclude.map((expression) => `--exclude ${expression}`),
    ...(resume === undefined ? [] : [`the rest of run ${resume.batch}`]),
    ...(backfill === undefined ? [] : [`${backfill.from} to ${backfill.to}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(' ');
}

function selectorsOf(flag: string, expressions: readonly string[]): readonly Selector[] {
  return expressions.map((expression) => parseSelector(flag, expression));
}

function pipelineSteps(project: Project, { pipelines, withUpstreams }: StepSelection): readonly string[] {
  if (pipelines.length === 0) return project.order;
  const own = pipelines.flatMap((name) => {
    const pipeline = project.pipelines.find((candidate) => candidate.name === name);
    if (pipeline === undefined) throw unknownPipeline(name, project);
    return [...pipeline.sources, ...pipeline.models].map(({ table }) => table);
  });
  return withNeeded(project, own, withUpstreams);
}

/** A view holds nothing: whoever reads it reads what this run makes of the tables under it. So views come in any case. */
function withNeeded(project: Project, tables: readonly string[], withUpstreams: boolean): readonly string[] {
  const chosen = new Set(tables);
  const isTaken = (table: string) => withUpstreams || project.models.get(table)?.model.strategy === 'view';
  // A set grows while it is walked: upstreams of upstreams are met in turn.
  for (const table of chosen) {
    const needed = [...(project.upstreams.get(table) ?? []), ...testedAgainst(project, table)];
    for (const other of needed.filter(isTaken)) chosen.add(other);
  }
  return project.order.filter((table) => chosen.has(table));
}

function unknownPipeline(name: string, project: Project): EtlError {
  const hint = nearestHint(
    name,
    project.pipelines.map((pipeline) => pipeline.name),
  );
  return new EtlError('USAGE', `no pipeline is called '${name}'`, { hint });
}
