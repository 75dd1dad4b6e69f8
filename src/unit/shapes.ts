/** Which columns a given table has: those recorded of a source, or those that a model's SQL would give. */
import { checkEmptyWarehouse } from '../check/empty-warehouse.js';
import type { Config } from '../config/types.js';
import type { Engine, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { SourceRecord } from '../introspect/record.js';
import { sourceShape } from '../introspect/source-columns.js';
import type { Definitions } from '../pipeline/load.js';
import type { Model, Source } from '../pipeline/types.js';
import { snapshotKey } from '../transform/snapshot.js';

export interface GivenShape {
  /** Its table in the database of what is given. */
  readonly name: string;
  readonly columns: readonly Column[];
  /** Columns that tell its rows apart; empty where none do. */
  readonly key: readonly string[];
  /** A source's columns that it computes in its own SQL. */
  readonly computed: readonly Column[];
  /** False for a source whose rows stay in the warehouse when they are deleted in the chat database. */
  readonly deletesAreSeen: boolean;
}

/** By table name; the reason where it is not known. */
export type KnownShape = { readonly shape: GivenShape } | { readonly missing: string };

export function shapeOfSource(source: Source, connection: string, record: SourceRecord | undefined): KnownShape {
  const known = sourceShape(source, connection, record);
  if (!known.isKnown) return { missing: known.missing };
  const computed = known.columns.filter(({ name }) => Object.hasOwn(source.columns.add, name));
  const nameInSource = (column: string) =>
    Object.entries(source.columns.rename).find(([, renamed]) => renamed === column)?.[0] ?? column;
  const key = source.key.map(nameInSource);
  const isRead = key.every((name) => known.available.some((column) => column.name === name));
  const deletesAreSeen = source.incremental === undefined || source.deletes.detectEveryMs !== undefined;
  const { available: columns } = known;
  return { shape: { name: source.name, columns, key: isRead ? key : [], computed, deletesAreSeen } };
}

export function shapeOfModel(model: Model, columns: readonly Column[]): GivenShape {
  const key = model.strategy === 'snapshot' ? snapshotKey(model.key) : model.key;
  return { name: model.table, columns, key, computed: [], deletesAreSeen: true };
}

export interface PlannedColumns {
  readonly tables: ReadonlyMap<string, readonly Column[]>;
  /** Why others are not among them. */
  readonly obstacles: ReadonlyMap<string, string>;
}

/** The columns of these models, from a warehouse that is made empty and thrown away. */
export async function planColumns(
  models: readonly string[],
  request: {
    readonly config: Config;
    readonly definitions: Definitions;
    readonly records: ReadonlyMap<string, SourceRecord | undefined>;
    readonly engine: Engine;
    readonly session: Session;
  },
): Promise<PlannedColumns> {
  const definitions = withUpstreams(models, request.definitions);
  const { tables, unchecked, problems } = await checkEmptyWarehouse({ ...request, definitions });
  const [first] = problems;
  const obstacles = models
    .filter((model) => !tables.has(model))
    .map((model): [string, string] => {
      const reason = unchecked.find(({ step }) => step === model)?.reason ?? first?.message;
      return [model, reason ?? 'it has mistakes; `chat-etl validate` tells them'];
    });
  return { tables, obstacles: new Map(obstacles) };
}

function withUpstreams(models: readonly string[], definitions: Definitions): Definitions {
  const { graph } = definitions;
  const needed = new Set(models);
  // A set grows while it is walked.
  for (const table of needed) for (const upstream of graph.upstreams.get(table) ?? []) needed.add(upstream);
  return { ...definitions, graph: { ...graph, order: graph.order.filter((table) => needed.has(table)) } };
}
