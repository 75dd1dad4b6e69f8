/** The forms of a model's SQL that runs execute. */
import type { CompiledModel } from '../pipeline/types.js';
import type { Rendered } from '../template/types.js';
import type { DirtyTableWork } from './dirty.js';
import { renderDirty } from './partition.js';
import { type RenderWork, renderDelta, renderWhole } from './work.js';

export interface ModelForms {
  /** Over whole tables: a first build or a rebuild. */
  readonly full: Rendered;
  /** Cut to what changed: an update; undefined where the strategy knows no such form. */
  readonly incremental: Rendered | undefined;
}

/** Of dirty partitions the form without NULL among them. */
export function modelForms(work: RenderWork & DirtyTableWork & { readonly compiled: CompiledModel }): ModelForms {
  return { full: renderWhole(work), incremental: incrementalForm(work) };
}

function incrementalForm(
  work: RenderWork & DirtyTableWork & { readonly compiled: CompiledModel },
): Rendered | undefined {
  const { model, deltas } = work.compiled;
  switch (model.strategy) {
    case 'view':
    case 'table':
      return undefined;
    case 'partition':
      return renderDirty(work, { hasNull: false });
    case 'append':
    case 'merge':
    case 'snapshot':
      return deltas.length === 0 ? undefined : renderDelta(work);
  }
}
