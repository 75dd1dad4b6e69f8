/** Asks the warehouse whether a run could write to it, and plans on its published tables what the models say. */
import type { WarehouseCheck } from '../check/empty-warehouse.js';
import type { Unchecked } from '../check/findings.js';
import { problemOf } from '../check/sql-problem.js';
import type { Config } from '../config/types.js';
import type { Engine, Session } from '../engines/contract.js';
import { type Place, type Problem, toEtlError } from '../errors.js';
import { dirtyTableOf } from '../load/sql.js';
import type { CompiledModel, Project } from '../pipeline/types.js';
import { renderForms } from '../run/render-models.js';
import { contractProblems } from '../transform/contract.js';
import { describeModelSql } from '../transform/model-sql.js';
import { snapshotColumns } from '../transform/snapshot.js';
import { withReader } from './warehouse.js';

export interface PublishedCheck {
  readonly problems: readonly Problem[];
  /** Models whose SQL the warehouse itself has planned. */
  readonly planned: ReadonlySet<string>;
  readonly unchecked: readonly Unchecked[];
}

export interface PublishedCheckRequest {
  readonly config: Config;
  readonly project: Project;
  /** What is known without the warehouse. */
  readonly offline: WarehouseCheck;
  /** Where the config defines the warehouse. */
  readonly where: Place;
}

/** Nothing is written; the session could not. */
export async function checkPublished(request: PublishedCheckRequest): Promise<PublishedCheck> {
  const { config, where } = request;
  try {
    return await withReader(config, async (session, engine, reader) => {
      const findings = (await reader.examine?.(config.timezone)) ?? [];
      const planned = await planModels(request, session, engine);
      const ofServer = findings.map(({ severity, message, hint }): Problem => {
        return { severity, message, where, ...(hint === undefined ? {} : { hint }) };
      });
      return { ...planned, problems: [...ofServer, ...planned.problems] };
    });
  } catch (thrown) {
    // No driver has complained where the file is only not made yet.
    const isNew = toEtlError(thrown).code === 'CONNECTION' && toEtlError(thrown).cause === undefined;
    const problem = problemOf(thrown, where);
    return {
      problems: [isNew ? { ...problem, severity: 'warning' } : problem],
      planned: new Set(),
      unchecked: [],
    };
  }
}

async function planModels(
  { config, project, offline }: PublishedCheckRequest,
  session: Session,
  engine: Engine,
): Promise<PublishedCheck> {
  const problems: Problem[] = [];
  const planned = new Set<string>();
  const unchecked: Unchecked[] = [];
  const published = publishedColumns(session);
  for (const compiled of project.models.values()) {
    const { model } = compiled;
    // What is wrong with it on empty tables has been told.
    if (!offline.tables.has(model.table) && !offline.unchecked.some(({ step }) => step === model.table)) continue;
    const { absent, behind } = await asPublished(compiled, offline, published);
    if (absent !== undefined) {
      unchecked.push({ step: model.table, reason: `${absent} is not in the warehouse yet` });
      continue;
    }
    try {
      const { full, incremental } = renderForms(compiled, { config, project, engine, asOf: undefined });
      const given = await describeModelSql(session, engine, model, full);
      const columns = model.strategy === 'snapshot' ? snapshotColumns(given, model.validFrom ?? '') : given;
      problems.push(...contractProblems(model, columns));
      // Other updates are the same SQL over fewer rows.
      const isLimited = incremental !== undefined && (await published(dirtyTableOf(model.table))) !== undefined;
      if (isLimited) await describeModelSql(session, engine, model, incremental);
      planned.add(model.table);
    } catch (thrown) {
      // It may be right about the tables that the next run makes.
      if (behind === undefined) problems.push(problemOf(thrown, model.where));
      else unchecked.push({ step: model.table, reason: `${behind} gets new columns by the next run` });
    }
  }
  return { problems, planned, unchecked };
}

/** A table that a model reads and that is not there, or lacks columns that are known to come. */
async function asPublished(
  { refs, deltas }: CompiledModel,
  { tables }: WarehouseCheck,
  published: (table: string) => Promise<ReadonlySet<string> | undefined>,
): Promise<{ readonly absent: string | undefined; readonly behind: string | undefined }> {
  let behind: string | undefined;
  for (const table of [...refs, ...deltas]) {
    const names = await published(table);
    if (names === undefined) return { absent: table, behind };
    if ((tables.get(table) ?? []).some(({ name }) => !names.has(name))) behind = table;
  }
  return { absent: undefined, behind };
}

/** Names of the columns, asked for once a table. */
function publishedColumns(session: Session) {
  const known = new Map<string, ReadonlySet<string> | undefined>();
  return async (table: string): Promise<ReadonlySet<string> | undefined> => {
    if (!known.has(table)) {
      const found = await session.columns(table);
      known.set(table, found && new Set(found.columns.map(({ name }) => name)));
    }
    return known.get(table);
  };
}
