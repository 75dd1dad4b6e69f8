/** Quiet hours of the sources that a run would read: it does not begin then. */
import { formatQuietHours, quietUntil } from '../config/quiet-hours.js';
import type { Config } from '../config/types.js';
import { EtlError } from '../errors.js';
import { type StepSelection, selectSteps } from '../pipeline/select.js';
import type { Project } from '../pipeline/types.js';
import type { RunOptions } from './options.js';

/** Errors: QUIET_HOURS where a run of these tables would read, unless it is told to ignore them. */
export function refuseInQuietHours(options: RunOptions, tables: readonly string[], now: number): void {
  const { config, project, ignoreQuietHours = false } = options;
  if (ignoreQuietHours) return;
  for (const connection of connectionsOf(config, project, tables)) {
    const hours = config.throttles[connection]?.quietHours;
    if (hours === undefined || quietUntil(hours, now) === undefined) continue;
    throw new EtlError(
      'QUIET_HOURS',
      `'${connection}' has quiet hours from ${formatQuietHours(hours)}: nothing was read`,
      {
        hint: 'run again after them, or with --ignore-quiet-hours',
      },
    );
  }
}

/** Days of hours that take turns, one connection's beginning where another's end. */
const mostTurns = 20;

/** The first moment from `time` on (ms since 1970) at which none of the sources that a run would read has quiet hours. */
export function afterQuietHours(config: Config, project: Project, selection: StepSelection, time: number): number {
  const hours = connectionsOf(config, project, selectSteps(project, selection)).flatMap(
    (name) => config.throttles[name]?.quietHours ?? [],
  );
  let moment = time;
  for (let turn = 0; turn < mostTurns; turn++) {
    const ends = hours.flatMap((one) => quietUntil(one, moment) ?? []);
    if (ends.length === 0) break;
    moment = Math.max(...ends);
  }
  return moment;
}

/** The connections of the sources among these tables. */
function connectionsOf(config: Config, project: Project, tables: readonly string[]): readonly string[] {
  const sources = tables.flatMap((table) => project.sources.get(table) ?? []);
  return [...new Set(sources.map((source) => source.connection ?? config.run.from))];
}
