/** Runs a model's SQL over the published tables and what changed of them, in a session that cannot write, and prints its first rows. */
import { asideSteps, describeSteps, modelsAside } from '../diff/aside.js';
import type { Engine, Session } from '../engines/contract.js';
import { EtlError, toEtlError } from '../errors.js';
import type { CompiledModel } from '../pipeline/types.js';
import { readChangedDefinitions } from '../run/changed-definitions.js';
import { asOfText } from '../run/clock.js';
import { queryModelSql } from '../transform/model-sql.js';
import { say } from './common.js';
import type { PreviewArguments } from './preview.js';
import { printRows, type QueryResult, refuseTwoForms } from './print-rows.js';
import type { OpenedProject } from './project.js';
import { asOfFlag, tableOf } from './selection.js';
import { withReader } from './warehouse.js';
import { withProject } from './with-project.js';

export function previewModel(flags: PreviewArguments): Promise<void> {
  refuseTwoForms(flags);
  const { limit } = flags;
  if (!Number.isInteger(limit) || limit < 1) throw new EtlError('USAGE', '--limit must be a whole number above 0');
  const asOf = asOfFlag(flags.asOf);
  return withProject(flags, async (opened) => {
    const table = tableOf(flags.model, opened.project);
    const compiled = opened.project.models.get(table);
    const result = await withReader(opened.config, (session, engine) =>
      compiled === undefined
        ? publishedRows(session, engine, table, flags)
        : modelRows(session, engine, compiled, { ...opened, ...flags, asOf }),
    );
    printRows(result, flags);
  });
}

type Slice = Pick<PreviewArguments, 'limit' | 'where'>;
type ModelPreview = OpenedProject & Slice & Pick<PreviewArguments, 'quiet'> & { readonly asOf: string | undefined };

async function modelRows(
  session: Session,
  engine: Engine,
  compiled: CompiledModel,
  options: ModelPreview,
): Promise<QueryResult> {
  const { config, project, limit, where } = options;
  const changed = await readChangedDefinitions(session, engine, config, project);
  const aside = modelsAside(project, compiled.model.table, changed);
  const steps = asideSteps([...aside, compiled], {
    engine,
    environment: { macros: project.macros, vars: config.vars, dialect: engine.dialect },
    asOf: options.asOf ?? asOfText(new Date(), config.timezone),
    timezone: config.timezone,
  });
  const columns = await describeSteps(session, engine, steps);
  const last = steps.at(-1);
  if (last === undefined) throw new EtlError('INTERNAL', 'there is no model to compute');
  const statement = `${last.expressions}\n${sliceOf(last.relation, options)}`;
  await checkWhere(session, statement, where);
  const rows = await queryModelSql(session, engine, compiled.model, last.rendered, statement);
  if (aside.length > 0 && !options.quiet) {
    say(`with ${aside.map(({ model }) => model.table).join(', ')} as defined now, computed too`);
  }
  return cut(columns, rows, limit);
}

/** Of a source nothing is computed: what staging holds. */
async function publishedRows(session: Session, engine: Engine, table: string, slice: Slice): Promise<QueryResult> {
  const found = await session.columns(table);
  if (found === undefined) {
    throw new EtlError('USAGE', `${table} is not loaded yet`, { hint: '`chat-etl run` loads it' });
  }
  const statement = sliceOf(engine.dialect.identifier(table), slice);
  await checkWhere(session, statement, slice.where);
  return cut(found.columns, await session.query(statement), slice.limit);
}

/** One row more than is shown tells whether there are more. */
function sliceOf(relation: string, { limit, where }: Slice): string {
  const condition = where === undefined ? '' : ` where (\n${where}\n)`;
  return `select * from ${relation} t${condition} limit ${limit + 1}`;
}

function cut(columns: QueryResult['columns'], rows: QueryResult['rows'], limit: number): QueryResult {
  return { columns, rows: rows.slice(0, limit), isCut: rows.length > limit };
}

/** The model's own SQL was checked before: what is wrong now is the condition. */
async function checkWhere(session: Session, statement: string, where: string | undefined): Promise<void> {
  if (where === undefined) return;
  try {
    await session.describe(statement);
  } catch (thrown) {
    const { message, hint, code } = toEtlError(thrown);
    if (code !== 'DATABASE') throw thrown;
    throw new EtlError('USAGE', `--where '${where}': ${message}`, { hint });
  }
}
