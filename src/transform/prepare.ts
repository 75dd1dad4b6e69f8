/** Prepares what a model writes to, before its turn: its table or view, with the columns its SQL gives. */
import type { Engine, Publication, Session } from '../engines/contract.js';
import { existingTarget, prepareTarget, type Target } from '../load/target.js';
import type { CompiledModel } from '../pipeline/types.js';
import type { StepAction } from '../plan/types.js';
import type { Rendered } from '../template/types.js';
import { describeModelSql } from './model-sql.js';
import { snapshotColumns, snapshotKey } from './snapshot.js';

export interface PrepareRequest {
  readonly session: Session;
  readonly engine: Engine;
  readonly compiled: CompiledModel;
  readonly action: StepAction;
  /** True where an earlier run published it. */
  readonly owned: boolean;
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

/** Errors: MODEL_SQL, SCHEMA_CHANGE. */
export async function prepareModel(request: PrepareRequest): Promise<Prepared> {
  const { session, engine, compiled, action, rendered } = request;
  const { model } = compiled;
  if (model.strategy === 'view') return prepareView(request);
  const key = model.strategy === 'snapshot' ? snapshotKey(model.key) : model.key;
  if (action !== 'build' && action !== 'rebuild') {
    return { target: await existingTarget(session, model.table, key), view: undefined };
  }
  const columns = await describeModelSql(session, engine, model, rendered);
  const target = await prepareTarget(session, engine, {
    name: model.table,
    columns: model.strategy === 'snapshot' ? snapshotColumns(columns, model.validFrom ?? '') : columns,
    key,
    owned: request.owned,
    onIncompatible: request.replaceAllowed && model.strategy !== 'snapshot' ? 'replace' : 'stop',
    where: model.where,
  });
  return { target, view: undefined };
}

async function prepareView(request: PrepareRequest): Promise<Prepared> {
  const { session, engine, compiled, rendered, published } = request;
  const { dialect, capabilities } = engine;
  const { model } = compiled;
  const columns = await describeModelSql(session, engine, model, rendered);
  const target = (physical: string): Target => ({ name: model.table, physical, columns, key: [], fresh: true });
  if (!capabilities.transactionalDdl) {
    const replacement = `${model.table}__new`;
    await session.execute(dialect.dropView(replacement));
    await session.execute(dialect.createView(replacement, rendered.sql));
    return { target: target(replacement), view: { name: model.table, select: published.sql, replacement } };
  }
  const existing = await session.columns(model.table);
  if (existing?.kind === 'table') await session.execute(dialect.dropTable(model.table));
  if (existing?.kind === 'view') await session.execute(dialect.dropView(model.table));
  await session.execute(dialect.createView(model.table, rendered.sql));
  return { target: target(model.table), view: undefined };
}
