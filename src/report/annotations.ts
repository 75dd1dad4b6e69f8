/** Problems as annotations of GitHub: it shows each on its line of a pull request. */
import type { Problem } from '../errors.js';

/** @param folder of the project, relative to where the workflow stands; places are relative to it */
export function formatAnnotations(problems: readonly Problem[], folder: string): string {
  return problems.map((problem) => annotation(problem, folder)).join('\n');
}

function annotation({ severity, message, where, hint, sqlLine }: Problem, folder: string): string {
  const file =
    where === undefined ? '' : [...folder.split(/[\\/]/), where.path].filter((part) => part !== '').join('/');
  const place = where === undefined ? '' : ` file=${property(file)},line=${where.line},col=${where.column}`;
  const text = [
    message,
    ...(sqlLine === undefined ? [] : [`rendered: ${sqlLine.trim()}`]),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ];
  return `::${severity}${place}::${data(text.join('\n'))}`;
}

/** Line ends end a command, and `%` begins an escape. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Between commas and colons. */
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
