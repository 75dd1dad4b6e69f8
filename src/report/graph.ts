/** The graph of tables for people: a tree in the terminal, or a Mermaid diagram. */
import type { Paint } from './paint.js';

export interface GraphNode {
  readonly table: string;
  readonly kind: 'source' | 'model';
  /** `source`, or the model's strategy. */
  readonly strategy: string;
  readonly pipeline: string;
  readonly tags: readonly string[];
  readonly description: string | undefined;
  readonly upstreams: readonly string[];
  readonly downstreams: readonly string[];
}

/** What reads a table stands below it; one that is met again is not unfolded again. */
export function formatTree(nodes: readonly GraphNode[], paint: Paint): string {
  if (nodes.length === 0) return 'no table is chosen';
  const byTable = new Map(nodes.map((node) => [node.table, node]));
  const isRoot = ({ upstreams }: GraphNode) => !upstreams.some((table) => byTable.has(table));
  const lines: { readonly text: string; readonly node: GraphNode; readonly again: boolean }[] = [];
  const unfolded = new Set<string>();
  const visit = (node: GraphNode, head: string, indent: string): void => {
    const readers = node.downstreams.flatMap((table) => byTable.get(table) ?? []);
    const again = unfolded.has(node.table) && readers.length > 0;
    lines.push({ text: `${head}${node.table}`, node, again });
    if (again) return;
    unfolded.add(node.table);
    for (const [index, reader] of readers.entries()) {
      const isLast = index === readers.length - 1;
      visit(reader, `${indent}${isLast ? '└─ ' : '├─ '}`, `${indent}${isLast ? '   ' : '│  '}`);
    }
  };
  for (const root of nodes.filter(isRoot)) visit(root, '', '');
  const width = Math.max(...lines.map(({ text }) => text.length));
  return lines
    .map(({ text, node, again }) => {
      if (again) return `${text} ${paint.dim('…')}`;
      const tags = node.tags.map((tag) => `  tag:${tag}`).join('');
      return `${text.padEnd(width)}  ${paint.dim(`${node.strategy.padEnd(9)}  ${node.pipeline}${tags}`)}`.trimEnd();
    })
    .join('\n');
}

/** A flowchart with a box around each pipeline, for Markdown pages that draw Mermaid. */
export function formatMermaid(nodes: readonly GraphNode[]): string {
  const tables = new Set(nodes.map(({ table }) => table));
  const pipelines = [...new Set(nodes.map(({ pipeline }) => pipeline))];
  const boxes = pipelines.flatMap((pipeline) => [
    `  subgraph ${JSON.stringify(pipeline)}`,
    ...nodes.filter((node) => node.pipeline === pipeline).map(({ table, kind }) => `    ${shape(table, kind)}`),
    '  end',
  ]);
  const arrows = nodes.flatMap(({ table, upstreams }) =>
    upstreams.filter((upstream) => tables.has(upstream)).map((upstream) => `  ${upstream} --> ${table}`),
  );
  return ['flowchart LR', ...boxes, ...arrows].join('\n');
}

function shape(table: string, kind: GraphNode['kind']): string {
  return kind === 'source' ? `${table}[(${table})]` : `${table}[${table}]`;
}
