/** What a source's own keys say together. */
import { errorAt } from '../config/problems.js';
import { isObject } from '../config/raw.js';
import { isTimezone, timezoneHint } from '../config/timezone.js';
import type { Problem } from '../errors.js';
import { deletedRowsRules } from './deleted-rules.js';
import type { Definition } from './parse.js';
import { absence } from './source-columns.js';
import type { Source } from './types.js';

export function sourceRules(definition: Definition<Source>): readonly Problem[] {
  if (!definition.sound) return [];
  return [
    ...deletesRules(definition),
    ...deletedRowsRules(definition),
    ...incrementalRules(definition),
    ...columnRules(definition),
  ];
}

function deletesRules({ step: source, keyAt }: Definition<Source>): readonly Problem[] {
  if (source.deletes.detectEveryMs !== undefined && source.key.length === 0) {
    const hint = 'the rows that are gone are found by it, e.g. key: id';
    return [errorAt(keyAt('deletes'), "'detect' needs a 'key'", hint)];
  }
  if (source.appendOnly && source.deletes.policy !== 'ignore') {
    return [errorAt(keyAt('deletes'), "a source that is 'append_only' has no deletes", 'leave one of the two out')];
  }
  if (source.appendOnly && source.mayShrink) {
    return [errorAt(keyAt('may_shrink'), "a source that is 'append_only' loses no rows", 'leave one of the two out')];
  }
  return [];
}

function incrementalRules({ step: source, raw, keyAt, valueAt }: Definition<Source>): readonly Problem[] {
  const { incremental } = source;
  if (incremental === undefined) return [];
  const problems: Problem[] = [];
  if (source.key.length === 0) {
    const hint = 'rows that changed find their old selves by it, e.g. key: id';
    problems.push(errorAt(keyAt('incremental'), "'incremental' needs a 'key'", hint));
  }
  const { unit, timezone } = incremental.cursor;
  if (!isTimezone(timezone)) {
    const where = valueAt('incremental', 'cursor', 'timezone');
    problems.push(errorAt(where, `no time zone is called '${timezone}'`, timezoneHint(timezone)));
  }
  const lookback = isObject(raw.incremental) ? raw.incremental.lookback : undefined;
  if (lookback === undefined) return problems;
  const isCount = typeof lookback === 'number';
  if (isCount === (unit === 'id')) return problems;
  const message = isCount
    ? "'lookback' must be a duration such as 5m: the cursor tells time"
    : "'lookback' must be a whole number: the cursor is an id";
  problems.push(errorAt(valueAt('incremental', 'lookback'), message));
  return problems;
}

/** Columns that the engine itself needs must arrive, and no two may share a name in staging. */
function columnRules(definition: Definition<Source>): readonly Problem[] {
  const { step: source, valueAt, keyAt } = definition;
  const { include, exclude, rename, add } = source.columns;
  const problems: Problem[] = [];
  for (const column of exclude) {
    if (Object.hasOwn(rename, column))
      problems.push(errorAt(keyAt('columns', 'rename', column), `'${column}' is excluded`));
    const twice = include?.indexOf(column) ?? -1;
    if (twice >= 0) problems.push(errorAt(valueAt('columns', 'include', twice), `'${column}' is excluded as well`));
  }
  const names = new Set<string>();
  for (const [from, to] of Object.entries(rename)) {
    if (names.has(to)) problems.push(errorAt(valueAt('columns', 'rename', from), `two columns are called '${to}'`));
    names.add(to);
  }
  for (const name of Object.keys(add)) {
    if (names.has(name)) problems.push(errorAt(keyAt('columns', 'add', name), `two columns are called '${name}'`));
  }
  const isList = Array.isArray(definition.raw.key);
  source.key.forEach((column, index) => {
    const mistake = absence(column, source);
    if (mistake === undefined) return;
    problems.push(errorAt(isList ? valueAt('key', index) : valueAt('key'), `the key column ${mistake}`));
  });
  if (source.deletes.policy === 'soft_column') {
    const mistake = absence(source.deletes.column, source);
    if (mistake !== undefined) {
      problems.push(errorAt(valueAt('deletes', 'soft_column'), `the column of 'soft_column' ${mistake}`));
    }
  }
  return problems;
}
