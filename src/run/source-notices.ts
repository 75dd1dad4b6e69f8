/** What is said once a run of a source's connection: what protects from late commits, and who holds marks back. */
import type { OpenWork } from '../engines/contract.js';
import type { Source } from '../pipeline/types.js';
import type { RunContext } from './context.js';
import { connectionOf } from './source-databases.js';
import { warnOnce } from './warn-once.js';

/**
 * Warns where nothing that is open can be listed, and of a transaction open for longer than `run.warn_open_after`.
 * @param open what was open at a read of one of the connection's sources
 */
export function tellOfOpenWork(context: RunContext, connection: string, open: OpenWork | undefined): void {
  if (open === undefined) return;
  const sources = incrementalSources(context, connection);
  if (open.protection === 'lookback') {
    warnOnce(context, lookbackAlone(connection, sources, open), `lookback of ${connection}`);
  }
  const { oldest } = open;
  if (oldest !== undefined && oldest.ageSeconds * 1000 >= context.config.run.warnOpenAfterMs) {
    warnOnce(context, longOpen(connection, sources, oldest), `${oldest.id} of ${connection}`);
  }
}

/** What is said where nothing that is open can be listed. */
export function lookbackAlone(connection: string, sources: readonly Source[], { lagSeconds }: OpenWork): string {
  const protectedOnes = sources.filter(({ incremental }) => (incremental?.lookback ?? 0) > 0);
  const others = sources.filter((source) => !protectedOnes.includes(source));
  const lag = lagSeconds === undefined ? '' : `, ${lagSeconds} s added to it for the replica's lag`;
  const rests = [
    ...(protectedOnes.length > 0 ? [`lookback alone protects ${names(protectedOnes)} from late commits${lag}`] : []),
    ...(others.length > 0
      ? [`${names(others)} ${others.length > 1 ? 'have' : 'has'} no lookback: late commits can be missed`]
      : []),
  ];
  return `what is open on the server of connection '${connection}' cannot be listed (PROCESS is missing, or it is a replica): ${rests.join('; ')}`;
}

function longOpen(connection: string, sources: readonly Source[], oldest: NonNullable<OpenWork['oldest']>): string {
  return `${oldest.id} on the server of connection '${connection}' is open for ${age(oldest.ageSeconds)} (${oldest.state}): rows keep arriving, but the safe marks of ${names(sources)} wait for its end`;
}

function age(seconds: number): string {
  if (seconds >= 7200) return `${Math.floor(seconds / 3600)} h`;
  return seconds >= 120 ? `${Math.floor(seconds / 60)} min` : `${seconds} s`;
}

function names(sources: readonly Source[]): string {
  return sources.map(({ name }) => name).join(', ');
}

function incrementalSources(context: RunContext, connection: string): readonly Source[] {
  return context.plan.steps.flatMap(({ step }) => {
    const source = context.project.sources.get(step);
    const isMeant = source?.incremental !== undefined && connectionOf(context, source) === connection;
    return isMeant ? [source] : [];
  });
}
