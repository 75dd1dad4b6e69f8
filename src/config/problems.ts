/** Making, completing and throwing problems. */
import { EtlError, type Place, type Problem } from '../errors.js';

export function errorAt(where: Place, message: string, hint?: string): Problem {
  return { severity: 'error', message, where, ...(hint === undefined ? {} : { hint }) };
}

/** The same problems, each once, with the text of their lines taken from `texts` (by the path in their place). */
export function withSourceLines(problems: readonly Problem[], texts: ReadonlyMap<string, string>): readonly Problem[] {
  const lines = new Map<string, readonly string[]>();
  const seen = new Set<string>();
  const completed: Problem[] = [];
  for (const problem of problems) {
    const { where } = problem;
    const id = `${where?.path}:${where?.line}:${where?.column}: ${problem.message}`;
    if (seen.has(id)) continue;
    seen.add(id);
    const text = where === undefined || problem.sourceLine !== undefined ? undefined : texts.get(where.path);
    if (where === undefined || text === undefined) {
      completed.push(problem);
      continue;
    }
    let ofFile = lines.get(where.path);
    if (ofFile === undefined) {
      ofFile = text.split(/\r?\n/);
      lines.set(where.path, ofFile);
    }
    const line = ofFile[where.line - 1];
    completed.push(line === undefined ? problem : { ...problem, sourceLine: withoutSecrets(line) });
  }
  return completed;
}

/** A literal password in YAML is not shown; it keeps its length, so that the caret still points at its column. */
function withoutSecrets(line: string): string {
  return line
    .replace(/^(\s*(?:- +)?["']?(?:\w*_)?(?:password|token|secret|webhook)["']?\s*:\s*)([^\s#{[].*)$/i, mask)
    .replace(/((?:password|token|secret|webhook)["']?\s*:\s*)("[^"]*"|'[^']*'|[^\s,}](?:[^,}]*[^\s,}])?)/gi, mask);
}

function mask(whole: string, key: string, value: string): string {
  return value.includes('${') ? whole : key + '*'.repeat(value.length);
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error');
}

/** One DEFINITION error that carries all problems; its message is the first one's. */
export function definitionError(problems: readonly Problem[]): EtlError {
  const errors = problems.filter((problem) => problem.severity === 'error');
  const first = errors[0];
  const rest = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new EtlError('DEFINITION', `${first?.message ?? 'the definitions have mistakes'}${rest}`, {
    where: first?.where,
    hint: first?.hint,
    problems,
  });
}
