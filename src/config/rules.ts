/** What a schema cannot say about the config: names that must exist, zones that must be real, files that must differ. */
import { resolve } from 'node:path';
import type { Problem } from '../errors.js';
import { nearestHint } from './nearest.js';
import { errorAt } from './problems.js';
import { objectOf, pathKey, type RawObject, textOf } from './raw.js';
import { throttleProblems } from './throttle.js';
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
    problems.push(...copyOverDatabase(name, connections, places), ...throttleProblems(name, connections, places));
  }
  const timezone = textOf(objectOf(raw.vars).timezone);
  const timezonePath = ['vars', 'timezone'];
  if (timezone !== undefined && !isTimezone(timezone) && !unfilled.has(pathKey(timezonePath))) {
    const where = places.valueAt(timezonePath);
    problems.push(errorAt(where, `no time zone is called '${timezone}'`, timezoneHint(timezone)));
  }
  return problems;
}

/** A copy takes the place of the file that is there. */
function copyOverDatabase(name: string, connections: RawObject, places: Places): readonly Problem[] {
  const copy = textOf(objectOf(connections[name]).publish_copy);
  if (copy === undefined) return [];
  return Object.entries(connections).flatMap(([other, connection]) => {
    const paths = objectOf(connection);
    const taken = ['path', ...(other === name ? [] : ['publish_copy'])].find(
      (key) => textOf(paths[key]) !== undefined && resolve(String(paths[key])) === resolve(copy),
    );
    if (taken === undefined) return [];
    const where = places.valueAt(['connections', name, 'publish_copy']);
    return [errorAt(where, `'${copy}' is the '${taken}' of the connection '${other}'`, 'name a file of its own')];
  });
}
