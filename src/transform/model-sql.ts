/** Runs statements that hold a model's SQL; the database's errors come back on the line of the template. */
import type { Engine, Session, SqlErrorPosition } from '../engines/contract.js';
import type { Column } from '../engines/types.js';
import { EtlError, toEtlError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import { locateSqlError } from '../template/locate.js';
import type { Rendered } from '../template/types.js';

/** What the SQL belongs to: a model, or a test of a table. */
export interface Owner {
  readonly name: string;
  readonly table: string;
}

/** Runs statements of which one holds `rendered.sql`; the rows that the last one changed. Errors: MODEL_SQL. */
export async function executeModelSql(
  session: Session,
  engine: Engine,
  model: Owner,
  rendered: Rendered,
  statements: readonly string[],
): Promise<number> {
  let rows = 0;
  for (const statement of statements) {
    try {
      rows = await session.execute(statement);
    } catch (thrown) {
      throw await modelError(session, engine, { model, rendered, statement, error: toEtlError(thrown) });
    }
  }
  return rows;
}

/** The rows of a statement that holds `rendered.sql`. Errors: MODEL_SQL. */
export async function queryModelSql(
  session: Session,
  engine: Engine,
  model: Owner,
  rendered: Rendered,
  statement: string,
) {
  try {
    return await session.query(statement);
  } catch (thrown) {
    throw await modelError(session, engine, { model, rendered, statement, error: toEtlError(thrown) });
  }
}

/**
 * The columns of a model's SQL. Errors: MODEL_SQL, also where two have one name.
 * @param statement that has `rendered.sql` in it and gives its columns
 */
export async function describeModelSql(
  session: Session,
  engine: Engine,
  model: Owner,
  rendered: Rendered,
  statement = rendered.sql,
): Promise<readonly Column[]> {
  try {
    return oncePerName(model, rendered, await session.describe(statement));
  } catch (thrown) {
    const error = toEtlError(thrown);
    if (error.code === 'MODEL_SQL') throw error;
    throw await modelError(session, engine, { model, rendered, statement, error });
  }
}

/** A table cannot have two columns of one name. */
function oncePerName(model: Owner, rendered: Rendered, columns: readonly Column[]): readonly Column[] {
  const names = columns.map(({ name }) => name.toLowerCase());
  const twice = columns.find(({ name }, index) => names.indexOf(name.toLowerCase()) < index);
  if (twice === undefined) return columns;
  throw new EtlError('MODEL_SQL', `${model.name}: two columns are called '${twice.name}'`, {
    ...locateSqlError(rendered, { name: twice.name }),
    hint: `give one of them another name: … as other_${twice.name}`,
    sql: rendered.sql,
    step: model.table,
  });
}

interface Refused {
  readonly model: Owner;
  readonly rendered: Rendered;
  /** What was sent, with `rendered.sql` in it. */
  readonly statement: string;
  readonly error: EtlError;
}

/** Errors that are the SQL's own get the template's place; a lost connection or a lock keeps its code. */
async function modelError(session: Session, engine: Engine, refused: Refused): Promise<EtlError> {
  const { model, rendered, statement, error } = refused;
  const position = engine.sqlErrorPosition(error);
  const before = statement.indexOf(rendered.sql);
  const linesBefore = before < 0 ? 0 : statement.slice(0, before).split('\n').length - 1;
  const { where, sqlLine } = locateSqlError(rendered, {
    ...(position?.position === undefined || before < 0 ? {} : { position: position.position - before }),
    ...(position?.line === undefined ? {} : { line: position.line - linesBefore }),
    ...(position?.column === undefined ? {} : { column: position.column }),
    ...(position?.name === undefined ? {} : { name: position.name }),
  });
  const isSql = error.code === 'DATABASE' || error.code === 'INTERNAL';
  return new EtlError(isSql ? 'MODEL_SQL' : error.code, `${model.name}: ${error.message}`, {
    cause: error,
    where,
    hint: (await nearestName(session, rendered, position)) ?? error.hint,
    retryable: error.retryable,
    sql: rendered.sql,
    sqlLine,
    step: model.table,
  });
}

/** The column or table that was meant, of those that there are. */
async function nearestName(
  session: Session,
  rendered: Rendered,
  position: SqlErrorPosition | undefined,
): Promise<string | undefined> {
  if (position?.name === undefined || position.unknown === undefined) return undefined;
  try {
    if (position.unknown === 'table') return didYouMean(position.name, await session.relations());
    const tables = await Promise.all([...rendered.refs, ...rendered.deltas].map((table) => session.columns(table)));
    const columns = tables.flatMap((table) => table?.columns ?? []);
    return didYouMean(
      position.name,
      columns.map(({ name }) => name),
    );
  } catch {
    // The error is about the SQL; that its hint could not be looked up is nobody's concern.
    return undefined;
  }
}
