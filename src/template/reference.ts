/** What may stand in a template, each with what it is written as on every engine, from the definitions that templates are rendered by. */
import type { Dialect } from '../engines/contract.js';
import { helperSignatures } from '../engines/helpers.js';
import { renderTemplate } from './render.js';
import { ownSignatures } from './signatures.js';
import type { RenderContext, TemplateEnvironment } from './types.js';

export interface HelperEntry {
  readonly name: string;
  readonly kind: 'template' | 'block' | 'database';
  /** The arguments, in order. A name ending in `?` may be left out. */
  readonly parameters: readonly string[];
  readonly description: string;
  /** As a template writes it, … */
  readonly example: string;
  /** … and the SQL that it becomes: engine -> SQL. */
  readonly sql: Readonly<Record<string, string>>;
}

const blocks: Readonly<Record<string, Omit<HelperEntry, 'name' | 'kind' | 'sql'>>> = {
  if: {
    parameters: ['value'],
    description: 'SQL that stands there where a var is true, not 0 and not empty; `{{else}}` is the other case.',
    example: 'where {{#if exclude_bots}}not u.is_bot{{else}}true{{/if}}',
  },
  unless: {
    parameters: ['value'],
    description: 'The opposite of `if`.',
    example: '{{#unless exclude_bots}}u.is_bot, {{/unless}}u.user_id',
  },
  each: {
    parameters: ['value'],
    description: 'SQL for each item of a list, `this`, or of a group, whose names are `@key`.',
    example: '{{#each emojis}}count_{{this}}{{#unless @last}}, {{/unless}}{{/each}}',
  },
  with: {
    parameters: ['value'],
    description: 'SQL in which the names of a group are known by themselves.',
    example: '{{#with activity}}messages >= {{high}}{{/with}}',
  },
  '>': {
    parameters: ['macro', 'name=value?'],
    description: 'The SQL of a file in `sql/macros`, with what it is told.',
    example: 'where {{> counted row="m"}}',
  },
};

const vars = { exclude_bots: true, activity: { high: 20 }, emojis: ['heart', 'laugh'] };
const counted = { path: 'sql/macros/counted.sql', text: 'not {{row}}.is_deleted' };

/** @param dialects by their engines' names @param timezone of the analytic day in the examples */
export function helperReference(dialects: ReadonlyMap<string, Dialect>, timezone: string): readonly HelperEntry[] {
  const described = [
    ...Object.entries(ownSignatures).map(([name, entry]) => ({ name, kind: 'template' as const, ...entry })),
    ...Object.entries(blocks).map(([name, entry]) => ({ name, kind: 'block' as const, ...entry })),
    ...Object.entries(helperSignatures).map(([name, entry]) => ({ name, kind: 'database' as const, ...entry })),
  ];
  return described.map((entry) => ({
    ...entry,
    sql: Object.fromEntries([...dialects].map(([name, dialect]) => [name, rendered(entry.example, dialect, timezone)])),
  }));
}

function rendered(example: string, dialect: Dialect, timezone: string): string {
  const environment: TemplateEnvironment = { macros: new Map([['counted', counted]]), vars, dialect };
  const quoted = (table: string): string => dialect.identifier(table);
  const context: RenderContext = { ref: quoted, delta: quoted, asOf: '2026-01-31 06:30:00', timezone };
  return renderTemplate({ path: 'example.sql', text: example }, environment, context).sql;
}
