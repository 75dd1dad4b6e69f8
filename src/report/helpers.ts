/** The reference of template helpers: a list and one of them for the terminal, a page for the documentation. */
import type { HelperEntry } from '../template/reference.js';
import type { Paint } from './paint.js';
import { formatTable } from './table.js';

const headings: Readonly<Record<HelperEntry['kind'], string>> = {
  template: 'Tables, vars and the clock',
  block: 'Blocks and macros',
  database: 'What differs between databases',
};
const kinds: readonly HelperEntry['kind'][] = ['template', 'block', 'database'];

/** A line each. */
export function formatHelperList(entries: readonly HelperEntry[], paint: Paint): string {
  const titles = ['helper', 'arguments', 'gives'].map((title) => ({ title, align: 'left' as const }));
  const rows = entries.map(({ name, parameters, description }) => [name, parameters.join(' '), description]);
  return formatTable(titles, rows, paint);
}

/** With the SQL that its example becomes. */
export function formatHelper({ name, parameters, description, example, sql }: HelperEntry, paint: Paint): string {
  const lines = [['template', example], ...Object.entries(sql)];
  const width = Math.max(...lines.map(([label = '']) => label.length));
  return [
    paint.bold([name, ...parameters].join(' ')),
    description,
    '',
    ...lines.map(([label = '', text]) => `${label.padEnd(width)}  ${text}`),
  ].join('\n');
}

/** Markdown. @param timezone that the examples were written in */
export function formatHelperPage(entries: readonly HelperEntry[], timezone: string): string {
  return [
    '# Helpers of SQL templates',
    '',
    '`chat-etl helpers --markdown` writes this page from the definitions that templates are rendered by; `chat-etl helpers date_of` shows one of them. Arguments are SQL in quotes, a number or another helper in brackets; those ' +
      `with a \`?\` may be left out. Timestamps are UTC, and *analytic* means in the zone \`vars.timezone\`, here ${timezone}. The results are the same on every database: doubles to 1e-12, all else exactly. ` +
      '`delta` and `dirty` are shown as a rebuild writes them; `chat-etl compile` shows those of an update.',
    ...kinds.flatMap((kind) => {
      const own = entries.filter((entry) => entry.kind === kind);
      return own.length === 0 ? [] : ['', `## ${headings[kind]}`, ...own.flatMap(section)];
    }),
  ].join('\n');
}

function section({ name, parameters, description, example, sql }: HelperEntry): readonly string[] {
  const distinct = new Set(Object.values(sql));
  const written = [...distinct].map((text) => {
    const engines = Object.keys(sql).filter((engine) => sql[engine] === text);
    return `-- ${distinct.size === 1 ? 'every database' : engines.join(', ')}\n${text}`;
  });
  return ['', `### \`${[name, ...parameters].join(' ')}\``, '', description, '', '```sql', example, ...written, '```'];
}
