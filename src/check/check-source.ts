/** Makes an empty staging table of what is recorded of a source. */

import { recordPath } from '../introspect/record.js';
import { sourceShape } from '../introspect/source-columns.js';
import { stagingColumns } from '../load/staging-columns.js';
import { prepareTarget } from '../load/target.js';
import type { Definition } from '../pipeline/parse.js';
import type { Source } from '../pipeline/types.js';
import type { EmptyWarehouseRequest } from './empty-warehouse.js';
import type { Findings } from './findings.js';
import { sourceColumnRules } from './source-columns.js';
import { problemOf } from './sql-problem.js';

export async function checkSource(
  { config, records, session, engine }: EmptyWarehouseRequest,
  findings: Findings,
  definition: Definition<Source>,
): Promise<void> {
  const { step: source } = definition;
  if (findings.isMistaken(source.table)) return;
  const connection = source.connection ?? config.run.from;
  if (records.has(connection) && records.get(connection) === undefined) {
    return findings.skip(source.table, `${recordPath(connection)} has mistakes`);
  }
  const shape = sourceShape(source, connection, records.get(connection));
  if (!shape.isKnown) return findings.skip(source.table, shape.missing);
  try {
    const columns = stagingColumns(source, shape.columns);
    const problems = sourceColumnRules(definition, shape.available, columns);
    if (problems.length > 0) return findings.refuse(source.table, problems);
    const target = await prepareTarget(session, engine, {
      name: source.table,
      columns,
      key: source.key,
      owned: false,
      onIncompatible: 'stop',
      where: source.where,
    });
    findings.tables.set(source.table, target.columns);
  } catch (thrown) {
    findings.refuse(source.table, [problemOf(thrown, source.where)]);
  }
}
