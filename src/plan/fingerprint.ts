/**
 * Fingerprints: short hashes of a step's definition, part by part, so that a change names its cause.
 * A fingerprint reads `sql:1f0c… vars:88ab… …`; two are equal exactly if the definitions are.
 */
import { createHash } from 'node:crypto';
import type { Config } from '../config/types.js';
import type { CompiledModel, Project, Source } from '../pipeline/types.js';
import { renderTemplate } from '../template/render.js';
import type { RenderContext, Rendered, TemplateEnvironment } from '../template/types.js';
import type { WarehouseState } from './types.js';

/** What the parts are called where a plan says what changed. */
const partNames: Readonly<Record<string, string>> = {
  sql: 'its SQL',
  macros: 'a macro it uses',
  vars: 'a var it uses',
  timezone: 'the analytic time zone',
  strategy: 'its strategy or keys',
  rendered: 'the SQL that helpers write',
  from: 'its table or query',
  columns: 'its columns',
  key: 'its key',
  cursor: 'its cursor',
  deletes: 'its delete policy',
};

const placeholderAsOf = '2000-01-01 00:00:00';

/** The fingerprint of every step of a project, by table name. */
export function fingerprints(
  project: Project,
  config: Config,
  environment: TemplateEnvironment,
): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  for (const source of project.sources.values()) result.set(source.table, sourceFingerprint(source, config));
  for (const compiled of project.models.values()) {
    result.set(compiled.model.table, modelFingerprint(compiled, config, environment));
  }
  return result;
}

/** Which parts differ, in words; empty where the fingerprints are equal. */
export function changedParts(before: string, after: string): readonly string[] {
  const old = parts(before);
  const changed = [...parts(after)].filter(([name, hash]) => old.get(name) !== hash).map(([name]) => name);
  // Whatever else changed shows in the rendered SQL too.
  const causes = changed.length > 1 ? changed.filter((name) => name !== 'rendered') : changed;
  return causes.map((name) => partNames[name] ?? name);
}

/** Tables whose definition differs from that of their last success, those never built among them. */
export function changedDefinitions(
  now: ReadonlyMap<string, string>,
  { tables }: Pick<WarehouseState, 'tables'>,
): ReadonlySet<string> {
  return new Set([...now.keys()].filter((table) => tables.get(table)?.fingerprint !== now.get(table)));
}

/** One hash over all definitions, for the journal. */
export function definitionsHash(all: ReadonlyMap<string, string>): string {
  return hash([...all].sort(([a], [b]) => (a < b ? -1 : 1))).slice(0, 16);
}

function sourceFingerprint(source: Source, config: Config): string {
  return join({
    from: [source.from, source.connection ?? config.run.from],
    columns: source.columns,
    key: source.key,
    cursor: cursorOf(source),
    deletes: [softDeletes(source), source.appendOnly, ...keptDeletes(source)],
  });
}

/** How often deletes are looked for changes nothing in the rows that are read. */
function softDeletes({ deletes }: Source): unknown {
  return deletes.policy === 'soft_column' ? { policy: deletes.policy, column: deletes.column } : { policy: 'ignore' };
}

/** A retention says what becomes of rows that vanish from now on, and nothing of those that are there. */
function keptDeletes({ deletedRows, erase }: Source): readonly unknown[] {
  return deletedRows === 'keep' ? [deletedRows, erase ?? []] : [];
}

/** Of what is done about rows without a cursor, only leaving them out changes which rows there are. */
function cursorOf({ incremental }: Source): unknown {
  return incremental?.nullCursor === 'skip' ? [incremental.cursor, 'skip'] : incremental?.cursor;
}

function modelFingerprint(compiled: CompiledModel, config: Config, environment: TemplateEnvironment): string {
  const { model } = compiled;
  const whole = render(compiled, environment, config.timezone, (table) => table);
  const changed = render(compiled, environment, config.timezone, (table) => `delta of ${table}`);
  return join({
    sql: compiled.template.text,
    macros: whole.macros.map((name) => environment.macros.get(name)?.text),
    vars: whole.vars.map((path) => [path, valueAt(config.vars, path)]),
    timezone: config.timezone,
    strategy: [
      model.strategy,
      model.key,
      model.deltaKey,
      model.affects,
      model.acceptStale,
      model.validFrom,
      model.partition,
      ...(model.erase === undefined ? [] : [model.erase]),
    ],
    rendered: [whole.sql, changed.sql],
  });
}

function render(
  compiled: CompiledModel,
  environment: TemplateEnvironment,
  timezone: string,
  delta: (table: string) => string,
): Rendered {
  const context: RenderContext = {
    ref: (table) => table,
    delta,
    dirty: (expression, before) => `dirty ${expression} ${before}`,
    asOf: placeholderAsOf,
    timezone,
  };
  return renderTemplate(compiled.template, environment, context);
}

function valueAt(vars: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
      vars,
    );
}

function join(definition: Readonly<Record<string, unknown>>): string {
  return Object.entries(definition)
    .map(([name, value]) => `${name}:${hash(value).slice(0, 12)}`)
    .join(' ');
}

function parts(fingerprint: string): ReadonlyMap<string, string> {
  return new Map(
    fingerprint.split(' ').map((part) => {
      const [name = '', value = ''] = part.split(':');
      return [name, value] as const;
    }),
  );
}

function hash(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? 'undefined')
    .digest('hex');
}
