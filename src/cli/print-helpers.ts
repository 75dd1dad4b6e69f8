/** Prints the reference of template helpers. No project is needed. */
import { engineNames, loadDialect } from '../engines/registry.js';
import { EtlError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import { formatHelper, formatHelperList, formatHelperPage } from '../report/helpers.js';
import { paintFor } from '../report/paint.js';
import { helperReference } from '../template/reference.js';
import { printData, printJson } from './common.js';
import type { HelpersArguments } from './helpers.js';

/** A zone other than UTC, so that it is seen where it matters. */
const exampleTimezone = 'Europe/Berlin';

export async function printHelpers({ name, json, markdown }: HelpersArguments): Promise<void> {
  const dialects = await Promise.all(engineNames.map(async (type) => [type, await loadDialect(type)] as const));
  const all = helperReference(new Map(dialects), exampleTimezone);
  const shown = name === undefined ? all : all.filter((entry) => entry.name === name);
  const [first] = shown;
  if (name !== undefined && first === undefined) {
    const names = all.map((entry) => entry.name);
    throw new EtlError('USAGE', `no helper is called '${name}'`, {
      hint: didYouMean(name, names) ?? '`chat-etl helpers` lists them',
    });
  }
  const paint = paintFor(process.stdout);
  if (json) printJson(shown);
  else if (markdown) printData(formatHelperPage(shown, exampleTimezone));
  else printData(name === undefined || first === undefined ? formatHelperList(all, paint) : formatHelper(first, paint));
}
