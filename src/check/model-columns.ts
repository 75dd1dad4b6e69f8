/** Do the columns exist that a model's definition names: its own, and those of what it reads? */
import type { Column } from '../engines/types.js';
import type { Problem } from '../errors.js';
import type { Definition } from '../pipeline/parse.js';
import type { CompiledModel, Model } from '../pipeline/types.js';
import { absentColumns, absentColumnsAsWritten } from './columns.js';
import { namedAt } from './named-columns.js';

/** Table -> its columns, of those that are known. */
export type KnownTables = ReadonlyMap<string, readonly Column[]>;

/** @param given columns of the model's SQL */
export function modelColumnRules(
  definition: Definition<Model>,
  compiled: CompiledModel,
  given: readonly Column[],
  tables: KnownTables,
): readonly Problem[] {
  const { model } = compiled;
  const { key, deltaKey, validFrom, erase = [], partition } = model;
  const ownDeltaKey = definition.raw.delta_key === undefined ? [] : deltaKey;
  return [
    ...absentColumns(
      [...namedAt(definition, key, 'key'), ...namedAt(definition, ownDeltaKey, 'delta_key')],
      model.name,
      given,
    ),
    ...absentColumnsAsWritten(
      [
        ...namedAt(definition, validFrom === undefined ? [] : [validFrom], 'valid_from'),
        ...namedAt(definition, erase, 'erase'),
        ...namedAt(definition, partition === undefined ? [] : [partition.by], 'partition_by'),
      ],
      model.name,
      given,
    ),
    ...affectsRules(definition, compiled, tables),
    ...fromRules(definition, model, tables),
  ];
}

/** `affects` names columns of the delta's upstream. */
function affectsRules(
  definition: Definition<Model>,
  { model, deltas }: CompiledModel,
  tables: KnownTables,
): readonly Problem[] {
  const [upstream = ''] = deltas;
  const columns = tables.get(upstream);
  if (columns === undefined) return [];
  return Object.entries(model.affects).flatMap(([name, concerned]) =>
    absentColumns(namedAt(definition, concerned, 'affects', name), upstream, columns),
  );
}

/** `from` names columns of the upstream itself, whose values its change log holds. */
function fromRules(definition: Definition<Model>, { partition }: Model, tables: KnownTables): readonly Problem[] {
  return Object.entries(partition?.from ?? {}).flatMap(([name, mapping]) => {
    const columns = tables.get(name);
    if (columns === undefined) return [];
    const named =
      'column' in mapping
        ? namedAt(definition, [mapping.column], 'from', name)
        : namedAt(definition, mapping.on, 'from', name, 'on');
    return absentColumnsAsWritten(named, name, columns);
  });
}

/** A description of what is not there helps nobody, and breaks nothing; of what a contract names, that tells. */
export function describedColumns({ step: model }: Definition<Model>, columns: readonly Column[]): readonly Problem[] {
  const named = model.columns.filter(({ type }) => model.contractAt === undefined && type === undefined);
  return absentColumns(named, model.name, columns).map((problem) => ({ ...problem, severity: 'warning' }));
}
