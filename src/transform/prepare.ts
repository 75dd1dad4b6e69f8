/** Prepares what a model writes to, before its turn: its table or view, with the columns its SQL gives. */
import type { Engine, KeyedTable, Publication, Session } from '../engines/contract.js';
import { formatType } from '../engines/type-text.js';
import type { Column } from '../engines/types.js';
import { EtlError } from '../errors.js';
import { prepareTarget, type Target } from '../load/target.js';
import type { CompiledModel, Model } from '../pipeline/types.js';
import type { Rendered } from '../template/types.js';
import { hasContract, requireContract } from './contract.js';
import { describeModelSql, executeModelSql } from './model-sql.js';
import { snapshotColumns, snapshotKey } from './snapshot.js';

export interface PrepareRequest {
  readonly session: Session;
  readonly engine: Engine;
  readonly compiled: CompiledModel;
  /** True where an earlier run published it. */
  readonly owned: boolean;
  /** True for a view that must be made again, even where its columns are the same. */
  readonly redefined: boolean;
  /** Its rows, where they were computed aside: they become its table where it has none. */
  readonly filled?: KeyedTable | undefined;
  /** True where a column may go or change its type. */
  readonly replaceAllowed: boolean;
  /** The SQL over whole tables, under the names that this run reads. */
  readonly rendered: Rendered;
  /** The same under published names, for views. */
  readonly published: Rendered;
}

export interface Prepared {
  readonly target: Target;
  /** A view that is swapped in after the commit. */
  readonly view: Publication['views'][number] | undefined;
}

/** Undefined for a view that is as it must be. Errors: MODEL_SQL, SCHEMA_CHANGE. */
export async function prepareModel(request: PrepareRequest): Promise<Prepared | undefined> {
  const { session, engine, compiled, rendered } = request;
  const { model } = compiled;
  if (model.strategy === 'view') return prepareView(request);
  const columns = await describeModelSql(session, engine, model, rendered);
  requireContract(model, tableColumns(model, columns));
  const common = { name: model.table, owned: request.owned, where: model.where };
  if (model.strategy === 'snapshot') {
    requireErased(model, columns);
    const target = await prepareTarget(session, engine, {
      ...common,
      columns: tableColumns(model, columns),
      key: snapshotKey(model.key),
      onIncompatible: 'stop',
      hint: `a history is never rebuilt: give the model another name, or drop table ${model.table} to begin a new history`,
    });
    return { target, view: undefined };
  }
  const onIncompatible = request.replaceAllowed ? 'replace' : 'stop_for_columns';
  const { filled } = request;
  const target = await prepareTarget(session, engine, { ...common, columns, key: model.key, onIncompatible, filled });
  return { target, view: undefined };
}

/** Those of the model's table, of which its SQL gives some. */
function tableColumns({ strategy, validFrom }: Model, given: readonly Column[]): readonly Column[] {
  return strategy === 'snapshot' ? snapshotColumns(given, validFrom ?? '') : given;
}

/** A misspelt column would go on holding what is to be erased. */
function requireErased({ name, erase = [], validFrom, where }: Model, columns: readonly Column[]): void {
  const names = columns.map((column) => column.name).filter((column) => column !== validFrom);
  const unknown = erase.find((column) => !names.includes(column));
  if (unknown === undefined) return;
  throw new EtlError('DEFINITION', `${name} has no column '${unknown}', which 'erase' names`, {
    where,
    hint: `its columns are: ${names.join(', ')}`,
  });
}

async function prepareView(request: PrepareRequest): Promise<Prepared | undefined> {
  const { session, engine, compiled, published } = request;
  const { dialect, capabilities } = engine;
  const { table } = compiled.model;
  if (hasContract(compiled.model)) {
    requireContract(compiled.model, await describeModelSql(session, engine, compiled.model, request.rendered));
  }
  const existing = await session.columns(table);
  if (await isAsItMustBe(request, existing)) return undefined;
  if (!capabilities.transactionalDdl) {
    const replacement = `${table}__new`;
    await session.execute(dialect.dropView(replacement));
    await createView(request, replacement);
    return { target: viewTarget(table, replacement), view: { name: table, select: published.sql, replacement } };
  }
  if (existing?.kind === 'table') await session.execute(dialect.dropTable(table));
  if (existing?.kind === 'view') await session.execute(dialect.dropView(table));
  await createView(request, table);
  return { target: viewTarget(table, table), view: undefined };
}

/** A view keeps the columns that it was made with, whatever becomes of the tables under it. */
async function isAsItMustBe(
  { session, engine, compiled, redefined, rendered, published }: PrepareRequest,
  existing: Awaited<ReturnType<Session['columns']>>,
): Promise<boolean> {
  // Until the swap the published view shows its readers the old tables, where this run replaces one.
  if (redefined || rendered.sql !== published.sql || existing?.kind !== 'view') return false;
  return isSameShape(existing.columns, await describeModelSql(session, engine, compiled.model, rendered));
}

/** Making a view checks its SQL. To describe it before would do so twice, which takes long for views upon views. */
async function createView({ session, engine, compiled, rendered }: PrepareRequest, name: string): Promise<void> {
  await executeModelSql(session, engine, compiled.model, rendered, [engine.dialect.createView(name, rendered.sql)]);
}

/** Nobody writes to a view, and no change log stands beside it, so its columns are not asked for. */
function viewTarget(name: string, physical: string): Target {
  return { name, physical, columns: [], key: [], fresh: true };
}

function isSameShape(old: readonly Column[], now: readonly Column[]): boolean {
  const shape = (columns: readonly Column[]) =>
    JSON.stringify(columns.map(({ name, type }) => [name, formatType(type)]));
  return shape(old) === shape(now);
}
