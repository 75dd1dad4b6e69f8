/** Brings one model up to date by its strategy. */
import type { Strategy } from '../engines/contract.js';
import type { RowCounts } from '../load/apply.js';
import { runAppend } from './append.js';
import { runMerge } from './merge.js';
import { runPartition } from './partition.js';
import { runSnapshot } from './snapshot.js';
import { runTable } from './table.js';
import { runView } from './view.js';
import type { ModelWork, StrategyRunner } from './work.js';

const runners: Readonly<Record<Strategy, StrategyRunner>> = {
  view: runView,
  table: runTable,
  append: runAppend,
  merge: runMerge,
  partition: runPartition,
  snapshot: runSnapshot,
};

/** Errors: MODEL_SQL on the template's line, DUPLICATE_KEY, DEFINITION, and what else the database says. */
export function transformModel(work: ModelWork): Promise<RowCounts> {
  return runners[work.compiled.model.strategy](work);
}
