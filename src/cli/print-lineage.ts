/** Prints the lineage of a column, of a table or of all. */
import { resolve } from 'node:path';
import { definitionError, hasErrors } from '../config/problems.js';
import type { Config } from '../config/types.js';
import { EtlError } from '../errors.js';
import { readRecord } from '../introspect/read-record.js';
import { projectLineage } from '../lineage/project.js';
import { reached, type TableFacts, type Trace, traceOf } from '../lineage/trace.js';
import type { ColumnPlace, Origins } from '../lineage/types.js';
import { didYouMean } from '../nearest.js';
import type { Definitions } from '../pipeline/load.js';
import type { Project } from '../pipeline/types.js';
import { formatAllLineage, formatColumnLineage, formatLineageMermaid, formatTableLineage } from '../report/lineage.js';
import { paintFor } from '../report/paint.js';
import { checkDefinitions } from './check-definitions.js';
import { checkOffline } from './check-offline.js';
import { printData, printJson } from './common.js';
import type { LineageArguments } from './lineage.js';
import { tableOf } from './selection.js';

export async function printLineage(flags: LineageArguments): Promise<void> {
  const location = { root: resolve(flags.root), environment: flags.env, env: process.env };
  const { config, project, definitions, problems } = await checkDefinitions(location);
  if (config === undefined || project === undefined || definitions === undefined || hasErrors(problems)) {
    throw definitionError(problems);
  }
  const trace = await traceProject(config, definitions);
  const chosen = flags.of === undefined ? undefined : chosenColumns(flags.of, project, trace);
  if (flags.json) return printJson(chosen === undefined ? trace.tables : jsonOf(chosen));
  if (flags.mermaid)
    return printData(formatLineageMermaid(connected(chosen?.places ?? allPlaces(trace), trace), trace));
  const paint = paintFor(process.stdout);
  if (chosen === undefined) return printData(formatAllLineage(trace.tables, paint));
  const [column] = chosen.places;
  const isColumn = chosen.isColumn && column !== undefined;
  printData(isColumn ? formatColumnLineage(column, trace, paint) : formatTableLineage(chosen.facts, paint));
}

/** The columns of tables are those that `validate` finds on an empty warehouse. */
export async function traceProject(config: Config, definitions: Definitions): Promise<Trace> {
  const { tables } = await checkOffline(config, definitions);
  const connections = new Set(definitions.sources.map(({ step }) => step.connection ?? config.run.from));
  const records = await Promise.all(
    [...connections].map(async (name) => [name, (await readRecord(config.root, name)).record] as const),
  );
  const { openParser } = await import('../engines/duckdb/parse.js');
  const inspectSql = await openParser();
  try {
    const lineage = await projectLineage({
      definitions,
      from: config.run.from,
      records: new Map(records),
      catalog: new Map([...tables].map(([table, columns]) => [table, columns.map(({ name }) => name)])),
      inspectSql,
    });
    return traceOf(lineage);
  } finally {
    inspectSql.close();
  }
}

interface Chosen {
  readonly facts: TableFacts;
  readonly places: Origins;
  readonly isColumn: boolean;
}

/** Errors: USAGE where the name is not there. */
function chosenColumns(name: string, project: Project, trace: Trace): Chosen {
  const dot = name.indexOf('.');
  const table = tableOf(dot < 0 ? name : name.slice(0, dot), project);
  const facts = trace.tables.find((found) => found.table === table);
  if (facts === undefined) throw new EtlError('INTERNAL', `there is no lineage of ${table}`);
  const names = facts.columns.map((column) => column.name);
  if (dot < 0) return { facts, places: names.map((column) => ({ table, column })), isColumn: false };
  const wanted = name.slice(dot + 1);
  const column = names.find((other) => other.toLowerCase() === wanted.toLowerCase());
  if (column === undefined) {
    const known = names.length === 0 ? 'its columns are not known' : `one of: ${names.join(', ')}`;
    throw new EtlError('USAGE', `'${table}' has no column '${wanted}'`, { hint: didYouMean(wanted, names) ?? known });
  }
  return { facts, places: [{ table, column }], isColumn: true };
}

function jsonOf({ facts, places, isColumn }: Chosen): TableFacts {
  if (!isColumn) return facts;
  return { ...facts, columns: facts.columns.filter(({ name }) => places.some(({ column }) => column === name)) };
}

function allPlaces({ tables }: Trace): Origins {
  return tables.flatMap(({ table, columns }) => columns.map(({ name }) => ({ table, column: name })));
}

/** All places above and below. */
function connected(places: Origins, trace: Trace): Origins {
  const found = places.flatMap((place) => [...reached(place, trace.from).toReversed(), ...reached(place, trace.into)]);
  const key = ({ table, column }: ColumnPlace) => `${table}.${column ?? '*'}`;
  return [...new Map(found.map((place) => [key(place), place])).values()];
}
