/** What the flags of `selection-flags.ts` ask for. */
import { EtlError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import { type StepSelection, selectSteps } from '../pipeline/select.js';
import type { Project } from '../pipeline/types.js';
import type { Selection } from '../run/options.js';
import type { ChooseArguments, SelectionArguments } from './selection-flags.js';

/** What the flags ask for. Errors: USAGE where they name what is not there. */
export function selectionOf(flags: SelectionArguments, project: Project): Selection {
  return {
    ...choiceOf(flags, project),
    fullRefresh: flags.fullRefresh,
    reload: (flags.reload ?? []).map((name) => sourceTable(name, project)),
    detect: flags.detect === undefined ? [] : detectedTables(flags.detect, project),
  };
}

/** Which steps the flags choose. Errors: USAGE where they name what is not there. */
export function choiceOf(flags: ChooseArguments, project: Project): StepSelection {
  const { pipeline: pipelines = [], select = [], exclude = [] } = flags;
  const known = project.pipelines.map(({ name }) => name);
  for (const name of pipelines) if (!known.includes(name)) throw unknown('pipeline', name, known);
  const selection = { pipelines, withUpstreams: !flags.noDeps, select, exclude };
  // Mistakes are told before any database is opened.
  selectSteps(project, selection);
  return selection;
}

function detectedTables(names: readonly string[], project: Project): readonly string[] {
  const detecting = [...project.sources.values()].filter((source) => source.deletes.detectEveryMs !== undefined);
  const tables = detecting.map(({ table }) => table);
  if (names.length === 0 && tables.length === 0) {
    throw new EtlError('USAGE', '--detect: no source has `deletes: detect`', { hint: 'add it in pipelines/*.yaml' });
  }
  if (names.length === 0) return tables;
  return names.map((name) => {
    const table = sourceTable(name, project);
    if (tables.includes(table)) return table;
    throw new EtlError('USAGE', `--detect: the source '${name}' does not look for deletes`, {
      hint: 'add `deletes: detect` to it in pipelines/*.yaml',
    });
  });
}

/** A source may be named as in YAML or by its staging table. */
export function sourceTable(name: string, project: Project): string {
  const sources = [...project.sources.values()];
  const found = sources.find((source) => source.name === name || source.table === name);
  if (found === undefined) {
    throw unknown(
      'source',
      name,
      sources.map((source) => source.name),
    );
  }
  return found.table;
}

/** The table that a name means: as `plan` calls it, or a source's name in YAML. Errors: USAGE. */
export function tableOf(name: string, project: Project): string {
  if (project.order.includes(name)) return name;
  const source = [...project.sources.values()].find((candidate) => candidate.name === name);
  if (source === undefined) throw unknown('table', name, project.order);
  return source.table;
}

function unknown(kind: string, name: string, known: readonly string[]): EtlError {
  return new EtlError('USAGE', `no ${kind} is called '${name}'`, {
    hint: didYouMean(name, known) ?? `one of: ${known.join(', ')}`,
  });
}

/** `--as-of` with its time filled in. Errors: USAGE where it is no date. */
export function asOfFlag(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d)?)?$/.exec(text.trim());
  const [, date = '', minutes = '00:00', seconds = ':00'] = match ?? [];
  const value = `${date} ${minutes}${seconds}`;
  const moment = new Date(`${value.replace(' ', 'T')}Z`);
  // A day such as February 30 would silently become another one.
  if (match === null || Number.isNaN(moment.getTime()) || !moment.toISOString().startsWith(date)) {
    throw new EtlError('USAGE', `--as-of '${text}' is no point in time`, { hint: "e.g. '2024-03-01 00:00:00'" });
  }
  return value;
}
