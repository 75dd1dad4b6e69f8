/** Problems of definitions as text: for terminals, logs and editors that read `path:line:column`. */
import { formatPlace, type Problem } from '../errors.js';
import { plural } from './format.js';

/**
 * All problems, sorted by path and line: `path:line:column: error: message`, the source line with a caret below it, the hint.
 * The last line counts them. No problems give the empty text.
 */
export function formatProblems(problems: readonly Problem[]): string {
  if (problems.length === 0) return '';
  return [...sortProblems(problems).map(formatProblem), countLine(problems)].join('\n\n');
}

/** By path, line, column and message; those without a place come first. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((left, right) => {
    const a = left.where;
    const b = right.where;
    return (
      compare(a?.path ?? '', b?.path ?? '') ||
      (a?.line ?? 0) - (b?.line ?? 0) ||
      (a?.column ?? 0) - (b?.column ?? 0) ||
      compare(left.message, right.message)
    );
  });
}

function formatProblem(problem: Problem): string {
  const place = problem.where === undefined ? '' : `${formatPlace(problem.where)}: `;
  const lines = [`${place}${problem.severity}: ${problem.message}`, ...excerpt(problem)];
  const sql = problem.sqlLine?.trim();
  if (sql !== undefined && sql !== problem.sourceLine?.trim()) lines.push(`  rendered: ${sql.slice(0, widestExcerpt)}`);
  if (problem.hint !== undefined) lines.push(`  hint: ${problem.hint}`);
  return lines.join('\n');
}

const widestExcerpt = 160;

function excerpt({ sourceLine, where }: Problem): readonly string[] {
  if (sourceLine === undefined || where === undefined || sourceLine.trim() === '') return [];
  const start = where.column > widestExcerpt - 20 ? where.column - 40 : 0;
  const shown = sourceLine.slice(start, start + widestExcerpt).trimEnd();
  const before = sourceLine.slice(start, where.column - 1);
  // Tabs stay tabs, so that the caret stands under its character in any terminal.
  const padding = [...before].map((character) => (character === '\t' ? '\t' : ' ')).join('');
  return [`    ${shown}`, `    ${padding}^`];
}

function countLine(problems: readonly Problem[]): string {
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  const counts = [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ];
  return counts.join(', ');
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
