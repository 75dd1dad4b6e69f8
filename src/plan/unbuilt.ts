/** Chosen models that read a table which is neither there nor comes with them: told before the database would tell it. */
import { EtlError, type Problem } from '../errors.js';
import type { CompiledModel } from '../pipeline/types.js';
import { inspectTemplate } from '../template/inspect.js';
import { sourceLineAt } from '../template/lines.js';
import type { PlanRequest } from './plan.js';
import type { PlanStep } from './types.js';

/** Errors: USAGE with a problem at each such place. */
export function refuseUnbuiltUpstreams(steps: readonly PlanStep[], request: PlanRequest): void {
  const { project, selection, state } = request;
  const planned = new Set(steps.map(({ step }) => step));
  const isMissing = (table: string) => !planned.has(table) && !state.tables.has(table);
  const models = steps
    .filter(({ action, upstreams }) => action !== 'skip' && upstreams.some(isMissing))
    .flatMap(({ step }) => project.models.get(step) ?? []);
  if (models.length === 0) return;
  const hint = remedy(
    selection,
    lastReaders(
      steps,
      models.map(({ model }) => model.table),
    ),
  );
  const problems = models.flatMap((compiled) => problemsOf(compiled, isMissing, hint, request));
  const [first] = problems;
  const rest = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new EtlError('USAGE', `${first?.message}${rest}`, { where: first?.where, hint, problems });
}

function problemsOf(
  compiled: CompiledModel,
  isMissing: (table: string) => boolean,
  hint: string,
  { environment, config }: PlanRequest,
): readonly Problem[] {
  const inspected = inspectTemplate(compiled.template, { ...environment, timezone: config.timezone });
  return [...inspected.refs, ...inspected.deltas]
    .filter(({ name }) => isMissing(name))
    .map(({ name, where }) => ({
      severity: 'error',
      message: `${compiled.model.name} reads ${name}, which was never built and is not chosen`,
      where,
      sourceLine: sourceLineAt(where, inspected.texts) ?? '',
      hint,
    }));
}

/** The tables, or what is chosen of those that read them, as far down as it goes: `+` before these brings everything. */
function lastReaders(steps: readonly PlanStep[], tables: readonly string[]): readonly string[] {
  const concerned = new Set(tables);
  const read = new Set<string>();
  for (const { step, upstreams } of steps) {
    const known = upstreams.filter((table) => concerned.has(table));
    if (known.length > 0) concerned.add(step);
    for (const table of known) read.add(table);
  }
  return [...concerned].filter((table) => !read.has(table));
}

function remedy(
  { select = [], exclude = [], withUpstreams }: PlanRequest['selection'],
  names: readonly string[],
): string {
  const expression = names.map((name) => `+${name}`).join(' ');
  const changes = [
    ...(select.length > 0 ? [`with \`--select ${names.length > 1 ? `'${expression}'` : expression}\``] : []),
    ...(withUpstreams ? [] : ['without `--no-deps`']),
    ...(exclude.length > 0 ? ['without `--exclude`'] : []),
  ];
  return `run it ${changes.join(' and ')}, which brings what is missing`;
}
