/** What people see on stderr while a run goes. */
import { jsonLinesReporter } from './json-lines.js';
import { noPaint, paintFor } from './paint.js';
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
export async function terminalReporter(stream: NodeJS.WriteStream, options: TerminalOptions): Promise<Reporter> {
  const { secrets, now } = options;
  const write = (text: string) => void stream.write(text);
  if (options.quiet) return { onEvent: () => {}, close: () => {} };
  if (options.format === 'json') return jsonLinesReporter(write, { secrets, now });
  if (stream.isTTY !== true) {
    // What draws tables is loaded where one may be drawn.
    const { plainLinesReporter } = await import('./plain-lines.js');
    return plainLinesReporter(write, { paint: noPaint, secrets });
  }
  // What knows the width of every character on a terminal takes long to load.
  const { liveView } = await import('./live-view.js');
  return liveView(stream, { paint: paintFor(stream), secrets, now });
}
