/** What else differences may come from, and what was not compared. */
import { formatType } from '../engines/type-text.js';
import type { CompiledModel, Project } from '../pipeline/types.js';
import type { WarehouseState } from '../plan/types.js';
import { ancestorsOf } from './aside.js';
import { type ComparedColumn, isComparable } from './compared-columns.js';
import type { Published } from './published.js';

export interface DiffFacts {
  readonly project: Project;
  readonly table: string;
  /** Those that were computed aside, the table's own last. */
  readonly models: readonly CompiledModel[];
  readonly changed: ReadonlySet<string>;
  readonly state: WarehouseState;
  readonly common: readonly ComparedColumn[];
  readonly published: Published;
  /** Why rows were not compared by key. */
  readonly unkeyed: string | undefined;
  /** True where a run published while tables were read. */
  readonly isMoved: boolean;
}

export function noticesOf(facts: DiffFacts): readonly string[] {
  const { common, unkeyed, isMoved } = facts;
  const strange = common.filter((column) => !isComparable(column));
  return [
    ...(unkeyed === undefined ? [] : [unkeyed]),
    ...strange.map(
      ({ name, before, after }) =>
        `values of ${name} are not compared: ${formatType(before)} is no ${formatType(after)}`,
    ),
    ...historyNotices(facts),
    ...staleNotices(facts),
    ...sourceNotices(facts),
    ...(isMoved ? ['a run published meanwhile: ask again, some differences may come from it'] : []),
  ];
}

function historyNotices({ project, table, changed }: DiffFacts): readonly string[] {
  const own = project.models.get(table)?.model.strategy === 'snapshot';
  const histories = [...ancestorsOf(project, table)].filter(
    (name) => changed.has(name) && project.models.get(name)?.model.strategy === 'snapshot',
  );
  return [
    ...(own ? ['of a history the open versions alone are compared: the closed ones never change'] : []),
    ...histories.map((name) => `${name} changed as well: a history counts as it is published`),
  ];
}

/** A table that has not consumed all of its upstreams would change without a new definition, too. */
function staleNotices({ models, project, state }: DiffFacts): readonly string[] {
  return models.flatMap(({ model }) => {
    const positions = state.positions.get(model.table);
    const ahead = (project.upstreams.get(model.table) ?? []).filter((upstream) => {
      const position = positions?.get(upstream);
      return position !== undefined && (state.tables.get(upstream)?.changedBatch ?? 0) > position.batch;
    });
    if (ahead.length === 0) return [];
    return [`${model.table} has not seen the last changes of ${ahead.join(', ')}: some differences come from these`];
  });
}

function sourceNotices({ project, table, changed }: DiffFacts): readonly string[] {
  return [...ancestorsOf(project, table)]
    .filter((name) => project.sources.has(name) && changed.has(name))
    .map((name) => `${name} changed as well: what becomes of that shows once it is read again`);
}
