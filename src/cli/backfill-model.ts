/** Runs a model for one chunk of days after the other; what an earlier attempt has done is left out. */
import { EtlError } from '../errors.js';
import { runsTriggeredBy } from '../journal/read.js';
import { journalVersionOf } from '../journal/tables.js';
import { selectionText } from '../pipeline/select.js';
import { type ChunkSize, chunksDone, chunksOf, parseChunkSize } from '../plan/backfill.js';
import { definitionsHash, fingerprints } from '../plan/fingerprint.js';
import { type BackfilledChunk, formatBackfill } from '../report/backfill.js';
import { paintFor } from '../report/paint.js';
import type { DayRange, Selection } from '../run/options.js';
import type { BackfillArguments } from './backfill.js';
import { printData, printJson, say } from './common.js';
import { exitCodeOf, exitCodes } from './exit.js';
import { catchInterrupt } from './interrupt.js';
import type { OpenedProject } from './project.js';
import { printReport, runWithReports } from './run-once.js';
import { asOfFlag, tableOf } from './selection.js';
import { withReader } from './warehouse.js';
import { withProject } from './with-project.js';

/** The exit code: that of the first run that does not succeed, which ends the backfill. */
export function backfillFromCommandLine(flags: BackfillArguments): Promise<number> {
  const range = rangeOf(flags);
  const size = chunkSizeOf(flags.chunk);
  const asOf = asOfFlag(flags.asOf);
  return withProject(flags, async (opened) => {
    const model = partitionModel(flags.model, opened);
    const selections = chunksOf(range, size).map((backfill) => selectionOf(model, backfill));
    const done = flags.restart ? new Set<string>() : await doneBefore(opened, selections.map(textOf));
    if (done.size > 0) {
      say(`! ${done.size} of ${selections.length} chunks were done before a stop: --restart does them again`);
    }
    const interrupt = catchInterrupt();
    const chunks: BackfilledChunk[] = [];
    try {
      for (const [index, selection] of selections.entries()) {
        const { backfill } = selection;
        if (done.has(textOf(selection))) {
          chunks.push({ ...backfill, run: undefined });
          continue;
        }
        if (!flags.quiet && selections.length > 1)
          say(`${backfill.from} to ${backfill.to} (${index + 1} of ${selections.length})`);
        const request = { selection, asOf, trigger: 'backfill', signal: interrupt.signal };
        const run = await runWithReports(opened, flags, request);
        chunks.push({ ...backfill, run });
        if (run.status !== 'succeeded') {
          await stopped({ model, chunks, left: selections.length - index }, flags);
          return exitCodeOf(run);
        }
      }
    } finally {
      interrupt.release();
    }
    if (flags.json) printJson({ model, chunks });
    else if (!flags.quiet) printData(formatBackfill(model, chunks, paintFor(process.stdout)));
    return exitCodes.ok;
  });
}

interface Stopped {
  readonly model: string;
  readonly chunks: readonly BackfilledChunk[];
  readonly left: number;
}

async function stopped({ model, chunks, left }: Stopped, flags: BackfillArguments): Promise<void> {
  const run = chunks.at(-1)?.run;
  if (flags.json) printJson({ model, chunks });
  else if (run !== undefined) await printReport(run, flags);
  if (chunks.length > 1)
    say(`${left} of ${chunks.length - 1 + left} chunks are left: the same command goes on with them`);
}

type ChunkSelection = Selection & { readonly backfill: DayRange };

function selectionOf(model: string, backfill: DayRange): ChunkSelection {
  return { pipelines: [], withUpstreams: false, select: [model], fullRefresh: false, reload: [], backfill };
}

function textOf(selection: ChunkSelection): string {
  return selectionText(selection) ?? '';
}

/** What the journal knows to be done; nothing where there is none yet. */
async function doneBefore({ config, project }: OpenedProject, texts: readonly string[]): Promise<ReadonlySet<string>> {
  return withReader(config, async (session, { dialect }) => {
    if ((await journalVersionOf(session, dialect)) === undefined) return new Set<string>();
    const prints = fingerprints(project, config, { macros: project.macros, vars: config.vars, dialect });
    return chunksDone(texts, await runsTriggeredBy(session, dialect, 'backfill'), definitionsHash(prints));
  });
}

function partitionModel(name: string, { project }: OpenedProject): string {
  const table = tableOf(name, project);
  const compiled = project.models.get(table);
  if (compiled === undefined) {
    throw new EtlError('USAGE', `${table} is loaded from a source, which is not read by days`, {
      hint: '`chat-etl run --reload` reads a source again, `chat-etl reconcile --repair` mends what differs',
    });
  }
  const { strategy, where } = compiled.model;
  if (strategy === 'partition') return table;
  throw new EtlError('USAGE', `${table} is a '${strategy}': only a model with the strategy partition has days`, {
    where,
    hint: `\`chat-etl run --select ${table} --full-refresh\` computes all of it again`,
  });
}

function rangeOf({ from, to }: BackfillArguments): DayRange {
  for (const [flag, day] of [
    ['--from', from],
    ['--to', to],
  ] as const) {
    if (!/^\d{4}-\d\d-\d\d$/.test(day)) {
      throw new EtlError('USAGE', `${flag} '${day}' is no day`, { hint: 'write it as YYYY-MM-DD' });
    }
    asOfFlag(day);
  }
  if (from > to) throw new EtlError('USAGE', `--from ${from} is after --to ${to}`);
  return { from, to };
}

function chunkSizeOf(text: string | undefined): ChunkSize | undefined {
  if (text === undefined) return undefined;
  const size = parseChunkSize(text);
  if (size !== undefined) return size;
  throw new EtlError('USAGE', `--chunk '${text}' is no number of days`, {
    hint: 'e.g. "1 month", "2 weeks", "30 days"',
  });
}
