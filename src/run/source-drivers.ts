/** What the sources of a run will need to be opened. */
import { loadEngine } from '../engines/registry.js';
import { asksForChanges, selectSteps } from '../pipeline/select.js';
import type { RunOptions } from './options.js';

/** Begins to load it; a driver that cannot be loaded is told of where it is used. */
export function loadSourceDrivers(options: RunOptions): void {
  const types = sourceConnections(options).flatMap((name) => options.config.connections[name]?.type ?? []);
  for (const type of new Set(types)) loadEngine(type).catch(() => undefined);
}

/** The connections whose sources a run will read, as far as that is known before the journal is read. */
export function sourceConnections({ config, project, selection }: RunOptions): readonly string[] {
  // Which definitions changed is known once the journal is read.
  if (asksForChanges(selection)) return [];
  const steps = selection.reconcile?.sources ?? selection.resume?.steps ?? selectSteps(project, selection);
  const sources = steps.flatMap((step) => project.sources.get(step) ?? []);
  return [...new Set(sources.map(({ connection }) => connection ?? config.run.from))];
}
