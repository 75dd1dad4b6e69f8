/** Writes what `chat-etl new` begins; no file that is there is replaced, and no line of a pipeline changed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { definitionError, hasErrors } from '../config/problems.js';
import type { Config } from '../config/types.js';
import { EtlError, toEtlError } from '../errors.js';
import { readRecord } from '../introspect/read-record.js';
import { didYouMean } from '../nearest.js';
import type { Project } from '../pipeline/types.js';
import { insertStep, type Section } from '../scaffold/insert-step.js';
import { modelFiles } from '../scaffold/model-files.js';
import { sourceYaml, type TableShape } from '../scaffold/source-yaml.js';
import { printJson, say } from './common.js';
import type { NewArguments } from './new.js';
import { tableOf } from './selection.js';
import { openSourceConnection } from './warehouse.js';
import { withProject } from './with-project.js';

interface Begun {
  /** Path from the project's root -> text. */
  readonly files: Readonly<Record<string, string>>;
  /** Of these, the pipelines that were there. */
  readonly changed: readonly string[];
  readonly next: readonly string[];
}

/** Errors: USAGE where a name or file is taken or a table unknown; CONNECTION and PRIVILEGE of a source's database. */
export function begin(flags: NewArguments): Promise<void> {
  return withProject(flags, async ({ config, project }) => {
    refuseName(flags, project);
    const { files, changed, next } = await begun(flags, config, project);
    for (const path of Object.keys(files)) {
      if (!changed.includes(path) && existsSync(join(config.root, path))) throw usage(`${path} is there already`);
    }
    for (const [path, text] of Object.entries(files)) write(join(config.root, path), text);
    if (flags.json) printJson({ written: Object.keys(files) });
    else if (!flags.quiet) {
      say(
        Object.keys(files)
          .map((path) => `${changed.includes(path) ? 'added to' : 'made'} ${path}`)
          .join('\n'),
      );
      say(`next:\n\n${next.map((line) => `  ${line}`).join('\n')}\n`);
    }
  });
}

function begun(flags: NewArguments, config: Config, project: Project): Promise<Begun> {
  if (flags.kind === 'source') return newSource(flags, config, project);
  return flags.kind === 'model' ? newModel(flags, config, project) : Promise.resolve(newPipeline(flags));
}

async function newSource(flags: NewArguments, config: Config, project: Project): Promise<Begun> {
  const { name, table = name, connection = config.run.from } = flags;
  if (config.connections[connection] === undefined) {
    const hint = didYouMean(connection, Object.keys(config.connections));
    throw new EtlError('USAGE', `no connection is called '${connection}'`, { hint });
  }
  const into = pipelineFile(flags, project);
  const shape = await shapeOf(config, connection, table);
  const yaml = sourceYaml(name, shape, connection === config.run.from ? undefined : connection);
  return {
    files: { [into]: inserted(config.root, into, 'sources', yaml) },
    changed: [into],
    next: [
      `look at it: ${into}`,
      'chat-etl introspect            # records its columns for validate',
      `chat-etl validate && chat-etl run --select stg_${name}`,
      `chat-etl new model ${name}_daily --from stg_${name}`,
    ],
  };
}

/** As it is recorded; a table that no source reads yet is asked for. */
async function shapeOf(config: Config, connection: string, table: string): Promise<TableShape> {
  const recorded = (await readRecord(config.root, connection)).record?.tables.get(table);
  if (recorded !== undefined) return { table, key: recorded.key, columns: recorded.columns };
  const database = await openSourceConnection(config, connection);
  try {
    const columns = { include: undefined, exclude: [], rename: {}, add: {} };
    const found = await database.describe({ table, query: undefined, columns, key: [], cursor: undefined });
    const details = await database.details?.(table);
    return { table, key: details?.primaryKey ?? [], columns: found };
  } catch (thrown) {
    if (database.engine.sqlErrorPosition(toEtlError(thrown))?.unknown !== 'table') throw thrown;
    throw usage(`connection '${connection}' has no table '${table}'`, '--table names it where it is called otherwise');
  } finally {
    await database.close();
  }
}

async function newModel(flags: NewArguments, config: Config, project: Project): Promise<Begun> {
  const { name } = flags;
  const table = originOf(flags, project);
  const { checkProjectOffline } = await import('./check-project.js');
  const { tables, problems } = await checkProjectOffline({
    root: config.root,
    environment: flags.env,
    env: process.env,
  });
  if (hasErrors(problems)) throw definitionError(problems);
  const columns = tables.get(table);
  if (columns === undefined) {
    throw new EtlError('USAGE', `the columns of ${table} are not known`, {
      hint: 'record them first: `chat-etl introspect`; `chat-etl validate` says what is not checked',
    });
  }
  const source = project.sources.get(table);
  const key = source?.key ?? project.models.get(table)?.model.key ?? [];
  const { sql, yaml, unitTest } = modelFiles(name, { table, given: source?.name ?? table, key, columns });
  const into = pipelineFile(flags, project);
  return {
    files: {
      [`sql/${name}.sql`]: sql,
      [into]: inserted(config.root, into, 'models', yaml),
      [`unit_tests/${name}.yaml`]: unitTest,
    },
    changed: [into],
    next: [
      `edit sql/${name}.sql, its description in ${into} and unit_tests/${name}.yaml`,
      'chat-etl validate',
      `chat-etl test --unit ${name}`,
      `chat-etl preview ${name}`,
      'chat-etl run',
    ],
  };
}

function originOf({ from }: NewArguments, project: Project): string {
  if (from !== undefined) return tableOf(from, project);
  const [only, ...others] = project.order;
  if (only === undefined) throw usage('there is no table to read yet', '`chat-etl new source NAME` begins one');
  if (others.length > 0)
    throw usage('--from is missing', `a table that the model reads, one of: ${project.order.join(', ')}`);
  return only;
}

function newPipeline({ name }: NewArguments): Begun {
  const path = `pipelines/${name}.yaml`;
  const text = `# yaml-language-server: $schema=../schemas/pipeline.schema.json
pipeline: ${name}
description: What its tables are about.
# every: 1h # the config's schedule holds where nothing stands here
`;
  return {
    files: { [path]: text },
    changed: [],
    next: [`chat-etl new source NAME -p ${name}`, `chat-etl new model NAME -p ${name}`],
  };
}

function inserted(root: string, path: string, section: Section, step: string): string {
  const text = insertStep(readFileSync(join(root, path), 'utf8'), section, step);
  if (text !== undefined) return text;
  throw usage(`'${section}' in ${path} is not written one name a line`, `put this there yourself:\n\n${step}`);
}

/** The file of the pipeline that is named, or of the only one. */
function pipelineFile({ pipeline, name }: NewArguments, { pipelines }: Project): string {
  const names = pipelines.map((one) => one.name);
  const [only, ...others] = pipelines;
  const found = pipeline === undefined && others.length === 0 ? only : pipelines.find((one) => one.name === pipeline);
  if (found !== undefined) return found.file;
  if (pipeline === undefined) throw usage(`which pipeline gets '${name}'?`, `-p with one of: ${names.join(', ')}`);
  throw usage(`no pipeline is called '${pipeline}'`, didYouMean(pipeline, names) ?? `one of: ${names.join(', ')}`);
}

function refuseName({ kind, name }: NewArguments, project: Project): void {
  if (!/^[a-z][a-z0-9_]*$/.test(name) || name.startsWith('etl_')) {
    throw usage(`'${name}' cannot be a name`, 'small letters, digits and _, a letter first, and not etl_');
  }
  const table = kind === 'source' ? `stg_${name}` : name;
  const isTaken =
    kind === 'pipeline' ? project.pipelines.some((one) => one.name === name) : project.order.includes(table);
  if (isTaken)
    throw usage(
      `there is a ${kind === 'pipeline' ? 'pipeline' : 'table'} '${kind === 'pipeline' ? name : table}' already`,
    );
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (cause) {
    throw new EtlError('IO', `${path} cannot be written`, { cause });
  }
}

function usage(message: string, hint?: string): EtlError {
  return new EtlError('USAGE', message, { hint });
}
