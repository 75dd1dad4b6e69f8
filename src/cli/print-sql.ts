/** Prints the rendered SQL of models. */
import { loadEngine } from '../engines/registry.js';
import { EtlError } from '../errors.js';
import { maskSecrets } from '../mask.js';
import type { CompiledModel } from '../pipeline/types.js';
import { type RenderRequest, renderForms } from '../run/render-models.js';
import { chosenTables } from './chosen-tables.js';
import { printData, printJson } from './common.js';
import type { CompileArguments } from './compile.js';
import { asOfFlag } from './selection.js';
import { withProject } from './with-project.js';

interface CompiledSql {
  readonly model: string;
  readonly strategy: string;
  readonly file: string;
  readonly form: 'full' | 'incremental';
  readonly sql: string;
}

export function printSql(flags: CompileArguments): Promise<void> {
  return withProject(flags, async ({ config, project }) => {
    const select = [...(flags.models ?? []), ...(flags.select ?? [])];
    const tables = await chosenTables({ ...flags, select }, config, project);
    const engine = await loadEngine(config.connections[config.run.into]?.type ?? '');
    const request = { config, project, engine, asOf: asOfFlag(flags.asOf) };
    const models = tables.flatMap((table) => project.models.get(table) ?? []);
    if (models.length === 0 && tables.length > 0) {
      throw new EtlError('USAGE', `${tables.join(', ')}: a source has no SQL of its own`, {
        hint: '`chat-etl describe` tells of it',
      });
    }
    const all = models.map((compiled) => {
      const compiledSql = sqlOf(compiled, request, flags.full);
      return { ...compiledSql, sql: maskSecrets(compiledSql.sql, config.secrets) };
    });
    if (flags.json) printJson(all);
    else printData(all.map(withHead).join('\n\n'));
  });
}

function sqlOf(compiled: CompiledModel, request: RenderRequest, wantsFull: boolean): CompiledSql {
  const { full, incremental } = renderForms(compiled, request);
  const shown = wantsFull ? full : (incremental ?? full);
  const { name, strategy } = compiled.model;
  const form = shown === full ? 'full' : 'incremental';
  return { model: name, strategy, file: compiled.template.path, form, sql: shown.sql.trim() };
}

function withHead({ model, strategy, file, form, sql }: CompiledSql): string {
  return `-- ${model}: ${strategy}, ${form}, ${file}\n${sql}`;
}
