/** What people see on stderr while a run goes. */
import { jsonLinesReporter } from './json-lines.js';
import { liveView } from './live-view.js';
import { noPaint, paintFor } from './paint.js';
import { plainLinesReporter } from './plain-lines.js';
import type { Reporter } from './reporter.js';

export interface TerminalOptions {
  /** `json`: a line of JSON an event, on a terminal too. */
  readonly format: 'text' | 'json';
  /** Nothing at all; errors are told by whoever has the report. */
  readonly quiet: boolean;
  readonly secrets: readonly string[];
  readonly now: () => number;
}

/** A live view on a terminal, plain lines elsewhere. */
export function terminalReporter(stream: NodeJS.WriteStream, options: TerminalOptions): Reporter {
  const { secrets, now } = options;
  const write = (text: string) => void stream.write(text);
  if (options.quiet) return { onEvent: () => {}, close: () => {} };
  if (options.format === 'json') return jsonLinesReporter(write, { secrets, now });
  if (stream.isTTY === true) return liveView(stream, { paint: paintFor(stream), secrets, now });
  return plainLinesReporter(write, { paint: noPaint, secrets });
}
