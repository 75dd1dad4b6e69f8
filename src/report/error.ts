/** An error as people read it: what, where with the line of their file, the SQL that was sent, what to do. */
import { type EtlError, formatPlace } from '../errors.js';
import { maskSecrets } from '../mask.js';
import type { ErrorReport } from '../run/events.js';
import type { Paint } from './paint.js';

/** Lines of rendered SQL shown around the place of an error. */
const excerptLines = 9;

/** A thrown error as a report, its cause in the driver's own words included. */
export function errorReportOf(error: EtlError, secrets: readonly string[]): ErrorReport {
  const masked = (text: string | undefined) => (text === undefined ? undefined : maskSecrets(text, secrets));
  return {
    code: error.code,
    message: maskSecrets(messageWithCause(error), secrets),
    where: error.where === undefined ? undefined : formatPlace(error.where),
    sourceLine: undefined,
    hint: masked(error.hint),
    sql: masked(error.sql),
    sqlLine: error.sqlLine,
  };
}

/** Lines of text for a terminal, without a newline at the end. */
export function formatError(error: ErrorReport, paint: Paint): string {
  return [
    `${paint.red('✖')} ${paint.bold(error.message)} ${paint.dim(`[${error.code}]`)}`,
    ...placeLines(error, paint),
    ...sqlLines(error, paint),
    ...(error.hint === undefined ? [] : [`  ${paint.cyan('hint:')} ${error.hint}`]),
  ].join('\n');
}

/** A thrown error for a terminal. */
export function formatThrown(error: EtlError, secrets: readonly string[], paint: Paint): string {
  return formatError(errorReportOf(error, secrets), paint);
}

/** The driver's own words where the message does not hold them yet; that of a refused statement was made from them. */
function messageWithCause(error: EtlError): string {
  if (error.sql !== undefined) return error.message;
  const cause = error.cause instanceof Error ? error.cause.message.trim() : '';
  return cause === '' || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}

function placeLines(error: ErrorReport, paint: Paint): readonly string[] {
  if (error.where === undefined) return [];
  const place = `  ${paint.cyan(error.where)}`;
  const position = /:(\d+):(\d+)( \(about\))?$/.exec(error.where);
  if (error.sourceLine === undefined || position === null) return [place];
  const [, line = '', column = '1'] = position;
  const before = error.sourceLine.slice(0, Number(column) - 1);
  // Tabs stay tabs, so that the caret stands under its character in any terminal.
  const caret = `${before.replace(/[^\t]/g, ' ')}^`;
  const gutter = paint.dim(`${' '.repeat(line.length)} |`);
  return [place, `    ${paint.dim(`${line} |`)} ${error.sourceLine}`, `    ${gutter} ${paint.red(caret)}`];
}

function sqlLines({ sql, sqlLine }: ErrorReport, paint: Paint): readonly string[] {
  if (sql === undefined) return [];
  const lines = sql.trimEnd().split('\n');
  const first = Math.max(0, Math.min((sqlLine ?? 1) - 1 - Math.floor(excerptLines / 2), lines.length - excerptLines));
  const shown = lines.slice(first, first + excerptLines);
  const width = String(first + shown.length).length;
  const numbered = shown.map((line, index) => {
    const number = first + index + 1;
    const gutter = `${number === sqlLine ? '>' : ' '} ${String(number).padStart(width)} |`;
    return `  ${number === sqlLine ? paint.red(gutter) : paint.dim(gutter)} ${line}`;
  });
  const left = lines.length - first - shown.length;
  const more = left > 0 ? [`    ${paint.dim(`… ${left} more ${left === 1 ? 'line' : 'lines'}`)}`] : [];
  return [`  ${paint.dim('as sent to the database:')}`, ...numbered, ...more];
}
