/** Reads the sources into work tables that no reader sees: those of different connections side by side. */
import pLimit from 'p-limit';
import type { PlanStep } from '../plan/types.js';
import type { RunContext } from './context.js';
import { readConnection } from './read-connection.js';
import { type SourceRead, sourceOf } from './read-source.js';
import { sideBySide } from './side-by-side.js';
import { connectionOf, SourceDatabases } from './source-databases.js';
import { tellOfOpenWork } from './source-notices.js';

/** Reads all sources of the plan, at most `parallel` at once; staging table -> what was read. */
export async function extractSources(context: RunContext): Promise<ReadonlyMap<string, SourceRead>> {
  const databases = new SourceDatabases(context);
  const limit = pLimit(context.config.run.parallel);
  try {
    const reads = await sideBySide(context, [...byConnection(context)], async (own, [connection, steps]) => {
      const ofConnection = await readConnection(own, databases, steps, limit);
      for (const { extracted } of ofConnection) tellOfOpenWork(context, connection, extracted.open);
      return ofConnection;
    });
    return new Map(reads.flat().map((read) => [read.source.table, read]));
  } finally {
    await databases.close();
  }
}

/** Connection name -> its sources in the plan. */
function byConnection(context: RunContext): ReadonlyMap<string, readonly PlanStep[]> {
  const groups = new Map<string, readonly PlanStep[]>();
  for (const step of context.plan.steps) {
    if (step.kind !== 'source') continue;
    const connection = connectionOf(context, sourceOf(context, step));
    groups.set(connection, [...(groups.get(connection) ?? []), step]);
  }
  return groups;
}
