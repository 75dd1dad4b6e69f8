/** Colours, or none: text for a file, a pipe or a test stays plain. */
import { colors } from 'consola/utils';

type Painter = (text: string) => string;

export interface Paint {
  readonly bold: Painter;
  readonly dim: Painter;
  readonly red: Painter;
  readonly green: Painter;
  readonly yellow: Painter;
  readonly cyan: Painter;
}

const asIs: Painter = (text) => text;

export const noPaint: Paint = { bold: asIs, dim: asIs, red: asIs, green: asIs, yellow: asIs, cyan: asIs };

const paint: Paint = {
  bold: (text) => colors.bold(text),
  dim: (text) => colors.dim(text),
  red: (text) => colors.red(text),
  green: (text) => colors.green(text),
  yellow: (text) => colors.yellow(text),
  cyan: (text) => colors.cyan(text),
};

/** Colours only where this very stream is a terminal; the library heeds NO_COLOR, but looks at stdout alone. */
export function paintFor(stream: { readonly isTTY?: boolean | undefined }): Paint {
  return stream.isTTY === true ? paint : noPaint;
}
