/** The lineage of all tables of a project. */
import type { SourceRecord } from '../introspect/record.js';
import type { Definitions } from '../pipeline/load.js';
import type { InspectSql } from '../pipeline/sql-rules.js';
import { modelLineage } from './model.js';
import { sourceLineage } from './source.js';
import type { Catalog, TableLineage } from './types.js';

export interface ProjectLineageRequest {
  readonly definitions: Pick<Definitions, 'sources' | 'models' | 'graph'>;
  /** Connection that sources read from unless they say another. */
  readonly from: string;
  /** By connection, where there is one. */
  readonly records: ReadonlyMap<string, SourceRecord | undefined>;
  /** The columns of the warehouse's tables, of those that are known. */
  readonly catalog: Catalog;
  readonly inspectSql: InspectSql;
}

/** In dependency order. */
export async function projectLineage(request: ProjectLineageRequest): Promise<readonly TableLineage[]> {
  const { definitions, from, records, catalog, inspectSql } = request;
  const connections = new Map([...records].map(([name, record]) => [name, recordedTables(record)]));
  const ofSources = definitions.sources.map(({ step }) => {
    const connection = step.connection ?? from;
    const origin = { connection, catalog: connections.get(connection) ?? new Map(), staged: catalog.get(step.table) };
    return sourceLineage(step, origin, inspectSql);
  });
  const ofModels = definitions.models.flatMap(({ model, inspected }) =>
    inspected === undefined ? [] : [modelLineage(model, inspected, inspectSql, catalog)],
  );
  const found = await Promise.all([...ofSources, ...ofModels]);
  const byTable = new Map(found.map((lineage) => [lineage.table, lineage]));
  return definitions.graph.order.flatMap((table) => byTable.get(table) ?? []);
}

function recordedTables(record: SourceRecord | undefined): Catalog {
  return new Map([...(record?.tables ?? [])].map(([table, { columns }]) => [table, columns.map(({ name }) => name)]));
}
