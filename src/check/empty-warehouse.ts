/**
 * The whole warehouse, empty and in memory: every table is made and every model planned as a run would, on tables without
 * rows, from what is recorded of the sources. So mistakes in the last of many models are found without any server.
 */
import { withSourceLines } from '../config/problems.js';
import type { Config } from '../config/types.js';
import type { Engine, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import type { Problem } from '../errors.js';
import type { SourceRecord } from '../introspect/record.js';
import type { Definitions } from '../pipeline/load.js';
import { checkModel } from './check-model.js';
import { checkSource } from './check-source.js';
import { checkTests } from './check-tests.js';
import { Findings, type Unchecked } from './findings.js';

export interface EmptyWarehouseRequest {
  readonly config: Config;
  readonly definitions: Definitions;
  /** By connection, where there is one; undefined where it has mistakes. */
  readonly records: ReadonlyMap<string, SourceRecord | undefined>;
  /** The engine that plans. */
  readonly engine: Engine;
  /** Of an empty database of that engine. */
  readonly session: Session;
}

export interface WarehouseCheck {
  readonly problems: readonly Problem[];
  readonly unchecked: readonly Unchecked[];
  /** The columns of every table that could be made, in dependency order. */
  readonly tables: ReadonlyMap<string, readonly Column[]>;
}

export async function checkEmptyWarehouse(request: EmptyWarehouseRequest): Promise<WarehouseCheck> {
  const { definitions, session } = request;
  const sources = new Map(definitions.sources.map((source) => [source.step.table, source]));
  const models = new Map(definitions.models.map((model) => [model.model.table, model]));
  const findings = new Findings(definitions.mistaken);
  // The catalog is read once a transaction; nothing of this is kept.
  await session.begin();
  for (const table of definitions.graph.order) {
    const source = sources.get(table);
    const model = models.get(table);
    if (source !== undefined) await checkSource(request, findings, source);
    else if (model !== undefined) await checkModel(request, findings, model);
  }
  for (const definition of [...sources.values(), ...[...models.values()].map((model) => model.definition)]) {
    await checkTests(request, findings, definition);
  }
  await session.rollback();
  const { unchecked, tables } = findings;
  return { problems: withSourceLines(findings.problems, definitions.texts), unchecked, tables };
}

/** True where the warehouse is of the engine that plans: else what only the warehouse understands is no mistake. */
export function isOwnEngine({ config, engine }: EmptyWarehouseRequest): boolean {
  return config.connections[config.run.into]?.type === engine.name;
}
