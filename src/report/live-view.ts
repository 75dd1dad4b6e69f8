/** Progress on a terminal: a few lines drawn again and again, gone when the run ends and the summary takes their place. */
import { createLogUpdate } from 'log-update';
import { maskSecrets } from '../mask.js';
import type { RunEvent } from '../run/events.js';
import { formatDuration, formatRate, formatRows, plural } from './format.js';
import type { Paint } from './paint.js';
import { formatEventLine } from './plain-lines.js';
import { afterEvent, nothingYet, type Progress, type RunningStep } from './progress.js';
import type { Reporter } from './reporter.js';
import { formatStepLine } from './step-line.js';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const redrawMs = 100;

export interface LiveViewOptions {
  readonly paint: Paint;
  readonly secrets: readonly string[];
  readonly now: () => number;
}

export function liveView(stream: NodeJS.WriteStream, options: LiveViewOptions): Reporter {
  const screen = createLogUpdate(stream);
  let progress = nothingYet;
  const draw = () => {
    const text = drawProgress(progress, options.now(), stream.rows ?? 24, options.paint);
    screen(maskSecrets(text, options.secrets));
  };
  const timer = setInterval(draw, redrawMs);
  return {
    onEvent: (event) => {
      progress = afterEvent(progress, event);
      const line = lastingLine(event, options.paint, stream.columns);
      if (line !== undefined) screen.persist(maskSecrets(line, options.secrets));
    },
    close: () => {
      clearInterval(timer);
      screen.clear();
      screen.done();
    },
  };
}

/** What must not scroll away with the view: warnings, retries, failed tests. */
function lastingLine(event: RunEvent, paint: Paint, width?: number): string | undefined {
  if (event.type === 'run-started' || event.type === 'step-finished') return undefined;
  return formatEventLine(event, 0, paint, width);
}

/** The view at a point in time, at most `height - 1` lines: the newest finished steps, the running ones, what is left. */
export function drawProgress(progress: Progress, nowMs: number, height: number, paint: Paint): string {
  const running = [...progress.running.values()];
  const done = progress.finished.filter((report) => report.status !== 'skipped');
  const nameWidth = Math.max(0, ...running.map(({ step }) => step.length), ...done.map(({ step }) => step.length));
  const room = Math.max(0, height - 3 - running.length);
  const frame = frames[Math.floor(nowMs / redrawMs) % frames.length] ?? frames[0];
  return [
    ...done.slice(-room || done.length).map((report) => formatStepLine(report, nameWidth, paint)),
    ...running.map((step) => runningLine(step, nowMs, frame, nameWidth, paint)),
    footer(progress, nowMs, paint),
  ].join('\n');
}

function runningLine(step: RunningStep, nowMs: number, frame: string, nameWidth: number, paint: Paint): string {
  const elapsedMs = Math.max(0, nowMs - step.startedAtMs);
  const parts = [
    step.rows > 0 ? formatRows(step.rows) : undefined,
    step.rowsCompared > 0 ? `${formatRows(step.rowsCompared)} compared` : undefined,
    formatDuration(elapsedMs),
    formatRate(step.rows, elapsedMs),
    step.note === undefined ? undefined : paint.yellow(step.note),
  ].filter((part) => part !== undefined);
  return `${paint.cyan(frame)} ${step.step.padEnd(nameWidth)} ${paint.dim(step.action.padEnd(7))} ${parts.join(', ')}`;
}

function footer(progress: Progress, nowMs: number, paint: Paint): string {
  if (progress.startedAtMs === undefined) return paint.dim('opening the warehouse');
  const parts = [
    `${progress.finished.length + progress.compared} of ${plural(progress.planned, 'step')}`,
    progress.stage,
    formatDuration(nowMs - progress.startedAtMs),
  ];
  return paint.dim(parts.filter((part) => part !== undefined).join(' · '));
}
