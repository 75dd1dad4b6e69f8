/** The shapes of all tables that the tests give, each found out once. */
import type { Engine } from '../engines/contract.js';
import type { MemoryDatabases } from '../engines/duckdb/memory-databases.js';
import { readRecord } from '../introspect/read-record.js';
import type { SourceRecord } from '../introspect/record.js';
import type { Project } from '../pipeline/types.js';
import type { CompiledProject } from './definitions.js';
import { type KnownShape, planColumns, shapeOfModel, shapeOfSource } from './shapes.js';
import { givenTables } from './tested-project.js';
import type { UnitTest } from './types.js';

/** By table: of all sources, and of the models that some test gives. Errors: IO where a record cannot be read. */
export async function findShapes(
  compiled: CompiledProject,
  engine: Engine,
  databases: MemoryDatabases,
  tests: readonly UnitTest[],
): Promise<ReadonlyMap<string, KnownShape>> {
  const { project, config } = compiled;
  const records = await readRecords(config.root, config.run.from, project);
  const shapes = new Map<string, KnownShape>();
  for (const [table, source] of project.sources) {
    const connection = source.connection ?? config.run.from;
    shapes.set(table, shapeOfSource(source, connection, records.get(connection)));
  }
  const given = new Set(tests.flatMap((test) => [...givenTables(test)]));
  const models = [...project.models.values()].map(({ model }) => model).filter(({ table }) => given.has(table));
  if (models.length === 0) return shapes;
  const scratch = await databases.create();
  const session = await scratch.session({ timeoutMs: config.run.timeoutMs, label: 'chat-etl test' });
  const names = models.map(({ table }) => table);
  const planned = await planColumns(names, { ...compiled, records, engine, session });
  await session.close();
  await scratch.drop();
  for (const model of models) {
    const columns = planned.tables.get(model.table);
    const missing = planned.obstacles.get(model.table) ?? 'its SQL was not planned';
    shapes.set(model.table, columns === undefined ? { missing } : { shape: shapeOfModel(model, columns) });
  }
  return shapes;
}

/** By connection; undefined where one has mistakes. */
async function readRecords(
  root: string,
  from: string,
  { sources }: Project,
): Promise<ReadonlyMap<string, SourceRecord | undefined>> {
  const records = new Map<string, SourceRecord | undefined>();
  for (const connection of new Set([...sources.values()].map((source) => source.connection ?? from))) {
    records.set(connection, (await readRecord(root, connection)).record);
  }
  return records;
}
