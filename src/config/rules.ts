/** What a schema cannot say about the config: names that must exist, zones that must be real. */
import type { Problem } from '../errors.js';
import { nearestHint } from './nearest.js';
import { errorAt } from './problems.js';
import { objectOf, pathKey, type RawObject, textOf } from './raw.js';
import { isTimezone, timezoneHint } from './timezone.js';
import type { Places, YamlPath } from './yaml-file.js';

/** Mistakes among names and zones. Values that could not be filled (`unfilled`) are left out. */
export function configRules(raw: RawObject, places: Places, unfilled: ReadonlySet<string>): readonly Problem[] {
  const connections = objectOf(raw.connections);
  const problems: Problem[] = [];

  const mustNameConnection = (value: unknown, path: YamlPath): void => {
    const name = textOf(value);
    if (name === undefined || Object.hasOwn(connections, name) || unfilled.has(pathKey(path))) return;
    const hint = nearestHint(name, Object.keys(connections));
    problems.push(errorAt(places.valueAt(path), `no connection is called '${name}'`, hint));
  };

  const run = objectOf(raw.run);
  mustNameConnection(run.from, ['run', 'from']);
  mustNameConnection(run.into, ['run', 'into']);
  for (const [name, connection] of Object.entries(connections)) {
    mustNameConnection(objectOf(connection).watermark_from, ['connections', name, 'watermark_from']);
  }
  const timezone = textOf(objectOf(raw.vars).timezone);
  const timezonePath = ['vars', 'timezone'];
  if (timezone !== undefined && !isTimezone(timezone) && !unfilled.has(pathKey(timezonePath))) {
    const where = places.valueAt(timezonePath);
    problems.push(errorAt(where, `no time zone is called '${timezone}'`, timezoneHint(timezone)));
  }
  return problems;
}
