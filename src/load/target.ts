/**
 * Makes the table that a step writes to: created, given new columns, or built anew beside the old one.
 * Where DDL commits at once this runs before the data transaction, and does only what harms nobody if the run then dies.
 */
import type { Engine, KeyedTable, Publication, Session } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import { EtlError, type Place } from '../errors.js';
import { replaceAndCarry } from './carry.js';
import { incompatible, planReshape, type Reshape, rekeyed } from './reshape.js';
import { quoted } from './sql.js';

export interface TargetRequest {
  /** The published name. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  /** True where an earlier run published this table, or chat-etl alone uses it. */
  readonly owned: boolean;
  /**
   * What to do where a column is gone or no longer fits, or the key is another: build anew, or stop with SCHEMA_CHANGE.
   * `stop_for_columns` builds anew for another key alone, by which nothing is lost.
   */
  readonly onIncompatible: 'replace' | 'stop' | 'stop_for_columns';
  /** Builds anew in any case, or where columns are added. */
  readonly anew?: 'always' | 'if_widened' | undefined;
  /** A table with these columns, this key and all rows: it is taken where one would be made that takes no old rows over. */
  readonly filled?: KeyedTable | undefined;
  /** Made anew, it takes its old rows over. */
  readonly carriesRows?: boolean;
  /** New columns come with a copy that is swapped in: they must not be there before the rows have their values. */
  readonly widensCopy?: boolean;
  /** Columns that are gone stay with the values they have, and are no obstacle. */
  readonly keepsGone?: boolean;
  /** Asked before a table is replaced by one that takes none of its rows over; may throw. */
  readonly beforeReplaced?: (() => Promise<void>) | undefined;
  /** What SCHEMA_CHANGE advises; a full refresh by default. */
  readonly hint?: string;
  readonly where: Place;
}

/** A table ready to be written. */
export interface Target {
  readonly name: string;
  /** The name to write to: `name`, or that of the replacement which is swapped in after the commit. */
  readonly physical: string;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  /** Those of `columns` that nothing gives any more: rows keep what they have there, new ones have NULL. */
  readonly gone?: readonly string[];
  /** True where it is new: whoever follows it reads it whole. It is empty, unless `filled` or `carried`. */
  readonly fresh: boolean;
  /** The rows that it holds already, where it is the table that they were read into. */
  readonly filled?: KeyedTable | undefined;
  /** True where it holds the rows of the table that it replaces. */
  readonly carried?: boolean;
  /** True where it has columns that it did not have: its rows lack their values. */
  readonly widened?: boolean;
  /** True where columns were added, or have other types. */
  readonly reshaped?: boolean;
}

/** Errors: SCHEMA_CHANGE, naming the column; DATABASE; those of `beforeReplaced`. */
export async function prepareTarget(session: Session, engine: Engine, request: TargetRequest): Promise<Target> {
  const existing = await session.columns(request.name);
  if (existing === undefined) return createTarget(session, engine, request, request.name);
  if (!request.owned) return adoptEmpty(session, engine, request, existing.kind);
  if (existing.kind === 'view') return replaceTarget(session, engine, request, 'view');
  const reshape = await planReshape(session, engine.dialect, request, existing.columns);
  const oldKey = existing.columns.filter((column) => !column.nullable).map((column) => column.name);
  const isRekeyed = !isSameSet(oldKey, request.key);
  const isReshaped = reshape.dropped.length + reshape.changed.length > 0;
  const { isWidened } = reshape;
  const anew = request.anew === 'always' || (request.anew === 'if_widened' && isWidened);
  if (isReshaped && request.onIncompatible !== 'replace') throw incompatible(request, reshape);
  if (isRekeyed && request.onIncompatible === 'stop') throw rekeyed(request, oldKey);
  if (isReshaped || isRekeyed || anew) {
    if (request.carriesRows !== true) {
      await request.beforeReplaced?.();
      return replaceTarget(session, engine, request, 'table');
    }
    const replace = () => replaceTarget(session, engine, { ...request, filled: undefined }, 'table');
    return replaceAndCarry(session, engine, { ...request, existing: existing.columns, replace });
  }
  if (isWidened && request.widensCopy === true && !engine.capabilities.transactionalDdl) {
    return widenCopy(session, engine, request, reshape);
  }
  for (const statement of reshape.redefinitions) await session.execute(statement);
  for (const column of reshape.added) {
    await session.execute(engine.dialect.addColumn(request.name, { ...column, nullable: true }));
  }
  return {
    name: request.name,
    physical: request.name,
    columns: [...reshape.kept, ...reshape.added],
    key: request.key,
    gone: reshape.gone,
    fresh: false,
    widened: isWidened,
    reshaped: isWidened || reshape.redefinitions.length > 0,
  };
}

/** The target as an earlier run left it; nothing is changed. */
export async function existingTarget(session: Session, name: string, key: readonly string[]): Promise<Target> {
  const existing = await session.columns(name);
  if (existing === undefined) {
    throw new EtlError('SCHEMA_CHANGE', `table ${name} is gone from the warehouse`, {
      hint: 'run again with --full-refresh, or with --reload for a source, to build it anew',
    });
  }
  return { name, physical: name, columns: existing.columns, key, fresh: false };
}

/** Adds what a target swaps in to a publication. */
export function publicationOf(targets: readonly Target[]): Publication['tables'] {
  return targets
    .filter((target) => target.physical !== target.name)
    .map((target) => ({ name: target.name, replacement: target.physical }));
}

async function createTarget(
  session: Session,
  engine: Engine,
  request: TargetRequest,
  physical: string,
): Promise<Target> {
  const key = new Set(request.key);
  const columns = request.columns.map((column) => ({ ...column, nullable: !key.has(column.name) }));
  const { filled } = request;
  if (filled !== undefined) {
    const swapped = { name: request.name, physical: filled.table, columns, key: request.key, fresh: true, filled };
    if (!engine.capabilities.transactionalDdl) return swapped;
    await session.execute(engine.dialect.renameTable(filled.table, physical));
    return { ...swapped, physical };
  }
  await session.execute(engine.dialect.createTable(physical, columns, request.key));
  return { name: request.name, physical, columns, key: request.key, fresh: true };
}

async function replaceTarget(
  session: Session,
  engine: Engine,
  request: TargetRequest,
  kind: 'table' | 'view',
): Promise<Target> {
  const { dialect, capabilities } = engine;
  if (!capabilities.transactionalDdl) {
    const physical = `${request.name}__new`;
    await session.execute(dialect.dropTable(physical));
    return createTarget(session, engine, request, physical);
  }
  await session.execute(kind === 'view' ? dialect.dropView(request.name) : dialect.dropTable(request.name));
  return createTarget(session, engine, request, request.name);
}

async function widenCopy(
  session: Session,
  engine: Engine,
  request: TargetRequest,
  { kept, gone }: Reshape,
): Promise<Target> {
  const staying = kept.filter(({ name }) => gone.includes(name)).map((column) => ({ ...column, isGone: true }));
  const columns = [...request.columns, ...staying];
  const target = await replaceTarget(session, engine, { ...request, columns, filled: undefined }, 'table');
  const { identifier } = engine.dialect;
  const list = quoted(
    engine.dialect,
    kept.map((column) => column.name),
  );
  await session.execute(
    `insert into ${identifier(target.physical)} (${list}) select ${list} from ${identifier(request.name)}`,
  );
  return { ...target, gone, fresh: false, widened: true };
}

/** A table that no run has published: what a killed first run left is empty, anything else is somebody's. */
async function adoptEmpty(
  session: Session,
  engine: Engine,
  request: TargetRequest,
  kind: 'table' | 'view',
): Promise<Target> {
  const { dialect } = engine;
  const rows =
    kind === 'view' ? [1] : await session.query(`select 1 as found from ${dialect.identifier(request.name)} limit 1`);
  if (rows.length > 0) {
    throw new EtlError('SCHEMA_CHANGE', `the warehouse has a ${kind} ${request.name} that no run has published`, {
      where: request.where,
      hint: 'rename or drop it, or give the step another name',
    });
  }
  await session.execute(dialect.dropTable(request.name));
  return createTarget(session, engine, request, request.name);
}

/** Key columns alone are NOT NULL: `createTarget` sees to that, and added columns are nullable. */
function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name));
}
