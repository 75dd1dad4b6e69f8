/** What the sources of a run will need to be opened. */
import { loadEngine } from '../engines/registry.js';
import { asksForChanges, selectSteps } from '../pipeline/select.js';
import type { RunOptions } from './options.js';

/** Begins to load it; a driver that cannot be loaded is told of where it is used. */
export function loadSourceDrivers({ config, project, selection }: RunOptions): void {
  // Which definitions changed is known once the journal is read.
  if (asksForChanges(selection)) return;
  const steps = selection.reconcile?.sources ?? selectSteps(project, selection);
  const sources = steps.flatMap((step) => project.sources.get(step) ?? []);
  const types = sources.flatMap(({ connection }) => config.connections[connection ?? config.run.from]?.type ?? []);
  for (const type of new Set(types)) loadEngine(type).catch(() => undefined);
}
