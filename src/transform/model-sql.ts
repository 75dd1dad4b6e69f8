/** Runs statements that hold a model's SQL; the database's errors come back on the line of the template. */
import type { Engine, Session } from '../engines/contract.js';
import { EtlError, toEtlError } from '../errors.js';
import type { Model } from '../pipeline/types.js';
import { locateSqlError } from '../template/locate.js';
import type { Rendered } from '../template/types.js';

/** Runs statements of which one holds `rendered.sql`; the rows that the last one changed. Errors: MODEL_SQL. */
export async function executeModelSql(
  session: Session,
  engine: Engine,
  model: Model,
  rendered: Rendered,
  statements: readonly string[],
): Promise<number> {
  let rows = 0;
  for (const statement of statements) {
    try {
      rows = await session.execute(statement);
    } catch (thrown) {
      throw modelError(engine, model, rendered, statement, toEtlError(thrown));
    }
  }
  return rows;
}

/** The rows of a statement that holds `rendered.sql`. Errors: MODEL_SQL. */
export async function queryModelSql(
  session: Session,
  engine: Engine,
  model: Model,
  rendered: Rendered,
  statement: string,
) {
  try {
    return await session.query(statement);
  } catch (thrown) {
    throw modelError(engine, model, rendered, statement, toEtlError(thrown));
  }
}

/** The columns of a model's SQL. Errors: MODEL_SQL. */
export async function describeModelSql(session: Session, engine: Engine, model: Model, rendered: Rendered) {
  try {
    return await session.describe(rendered.sql);
  } catch (thrown) {
    throw modelError(engine, model, rendered, rendered.sql, toEtlError(thrown));
  }
}

/** Errors that are the SQL's own get the template's place; a lost connection or a lock keeps its code. */
function modelError(engine: Engine, model: Model, rendered: Rendered, statement: string, error: EtlError): EtlError {
  const position = engine.sqlErrorPosition(error);
  const before = statement.indexOf(rendered.sql);
  const linesBefore = before < 0 ? 0 : statement.slice(0, before).split('\n').length - 1;
  const where = locateSqlError(rendered, {
    ...(position?.position === undefined || before < 0 ? {} : { position: position.position - before }),
    ...(position?.line === undefined ? {} : { line: position.line - linesBefore }),
    ...(position?.column === undefined ? {} : { column: position.column }),
    ...(position?.name === undefined ? {} : { name: position.name }),
  });
  const isSql = error.code === 'DATABASE' || error.code === 'INTERNAL';
  return new EtlError(isSql ? 'MODEL_SQL' : error.code, `${model.name}: ${error.message}`, {
    cause: error,
    where,
    hint: error.hint,
    retryable: error.retryable,
    sql: rendered.sql,
    step: model.table,
  });
}
