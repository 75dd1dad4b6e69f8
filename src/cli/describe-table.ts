/** Gathers what there is to know of a table, from the definitions and the warehouse, and prints it. */
import type { Engine, Session } from '../engines/contract.js';
import { toEtlError } from '../errors.js';
import { integer } from '../journal/cells.js';
import { lastSuccess } from '../journal/read.js';
import { journalVersionOf } from '../journal/tables.js';
import { downstreamsOf } from '../pipeline/choose.js';
import { testsOf } from '../pipeline/tests-of.js';
import type { Project } from '../pipeline/types.js';
import { formatDescription, type TableColumnFacts, type TableDescription } from '../report/describe.js';
import { paintFor } from '../report/paint.js';
import { testTitle } from '../transform/data-tests.js';
import { printData, printJson, say } from './common.js';
import type { DescribeArguments } from './describe.js';
import { tableOf } from './selection.js';
import { withReader } from './warehouse.js';
import { withProject } from './with-project.js';

export function describeTable(flags: DescribeArguments): Promise<void> {
  return withProject(flags, async ({ config, project }) => {
    const table = tableOf(flags.table, project);
    const published = await withReader(config, (session, engine) => readPublished(session, engine, table)).catch(
      (thrown) => {
        // The definitions are worth telling without the warehouse too.
        say(`! ${toEtlError(thrown).message}`);
        return notPublished;
      },
    );
    const description = descriptionOf(project, table, published);
    if (flags.json) printJson(description);
    else printData(formatDescription(description, Date.now(), paintFor(process.stdout)));
  });
}

type Published = Pick<TableDescription, 'rows' | 'lastSuccess'> & {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
};

const notPublished: Published = { columns: [], rows: undefined, lastSuccess: undefined };

async function readPublished(session: Session, engine: Engine, table: string): Promise<Published> {
  const { dialect } = engine;
  const relation = await session.columns(table);
  if (relation === undefined) return notPublished;
  const columns = relation.columns.map(({ name, type }) => ({
    name,
    type: dialect.columnType(type, false).toLowerCase(),
  }));
  const hasJournal = (await journalVersionOf(session, dialect)) !== undefined;
  const success = hasJournal ? (await lastSuccess(session, dialect)).get(table) : undefined;
  // To count a view would run it.
  const [count] =
    relation.kind === 'table'
      ? await session.query(`select count(*) as ${dialect.identifier('row_count')} from ${dialect.identifier(table)}`)
      : [];
  const rows = count === undefined ? undefined : integer(count, 'row_count');
  return { columns, rows, lastSuccess: success };
}

function descriptionOf(
  project: Project,
  table: string,
  { columns, rows, lastSuccess: at }: Published,
): TableDescription {
  const source = project.sources.get(table);
  const model = project.models.get(table);
  const step = source ?? model?.model;
  const docs = new Map((model?.model.columns ?? []).map((doc) => [doc.name, doc]));
  const known: readonly TableColumnFacts[] = columns.map(({ name, type }) => ({
    name,
    type,
    description: docs.get(name)?.description,
  }));
  const undone = [...docs].filter(([name]) => !columns.some((column) => column.name === name));
  return {
    table,
    kind: source === undefined ? 'model' : 'source',
    strategy: model?.model.strategy ?? 'source',
    pipeline: step?.pipeline ?? '',
    description: step?.description,
    key: step?.key ?? [],
    tags: step?.tags ?? [],
    reads: source === undefined ? (project.upstreams.get(table) ?? []) : [sourceText(source.from)],
    readBy: downstreamsOf(project, table),
    file: model?.template.path,
    tests: testsOf(project, table).map((test) => `${testTitle(test)}${test.severity === 'warn' ? ', warns' : ''}`),
    columns: [...known, ...undone.map(([, { name, type, description }]) => ({ name, type, description }))],
    rows,
    lastSuccess: at,
  };
}

function sourceText(from: { readonly table: string } | { readonly query: string }): string {
  return 'table' in from ? from.table : from.query;
}
