/** One pipeline's YAML as typed definitions. */
import { errorAt } from '../config/problems.js';
import { isObject, objectOf, type RawObject, textOf } from '../config/raw.js';
import { schemaMistakes, schemaProblem } from '../config/schema-check.js';
import { readTiming } from '../config/timing.js';
import { parseYamlFile, type YamlFile, type YamlPath } from '../config/yaml-file.js';
import type { Place, Problem } from '../errors.js';
import { parseModel } from './parse-model.js';
import { parseSeed } from './parse-seed.js';
import { parseSource } from './parse-source.js';
import type { Model, Pipeline, Source, Step } from './types.js';

type StepKind = 'sources' | 'seeds' | 'models';

/** What the YAML says of one source, seed or model. */
export interface RawStep {
  /** The key under which it stands. */
  readonly kind: StepKind;
  readonly name: string;
  readonly pipeline: string;
  readonly raw: RawObject;
  /** False where the schema found mistakes: rules that build on these keys would only echo them. */
  readonly sound: boolean;
  /** The place of a value below the step, e.g. `valueAt('incremental', 'cursor')`; without keys, of the step's name. */
  readonly valueAt: (...keys: YamlPath) => Place;
  readonly keyAt: (...keys: YamlPath) => Place;
}

/** A source or model with what the YAML says of it, for the rules. */
export interface Definition<T extends Step = Step> extends RawStep {
  readonly step: T;
}

export interface ParsedPipeline {
  readonly pipeline: Pipeline;
  /** The place of its name. */
  readonly where: Place;
  readonly sources: readonly Definition<Source>[];
  /** Seeds are models whose SQL is written from a CSV file. */
  readonly models: readonly Definition<Model>[];
}

export interface ParseResult {
  /** Undefined where the YAML's syntax is broken. */
  readonly parsed: ParsedPipeline | undefined;
  readonly problems: readonly Problem[];
}

/** Never throws; steps with mistakes are there as far as they can be read. `timezone` is that of `cron` without one. */
export function parsePipeline(path: string, text: string, timezone: string): ParseResult {
  const file = parseYamlFile(path, text);
  if (file.value === undefined) return { parsed: undefined, problems: file.problems };
  const mistakes = schemaMistakes('pipeline', file.value);
  const raw = objectOf(file.value);
  const name = textOf(raw.pipeline) ?? path.replace(/^.*\//, '').replace(/\.ya?ml$/, '');
  const unsound = new Set(mistakes.map((mistake) => mistake.path.slice(0, 2).join('/')));
  const steps = (kind: StepKind): readonly RawStep[] =>
    Object.entries(objectOf(raw[kind])).map(([step, value]) => rawStep(file, [kind, step], name, value, unsound));
  const sources = steps('sources').map((step) => ({ ...step, step: parseSource(step) }));
  const seeds = steps('seeds').map((step) => ({ ...step, step: parseSeed(step) }));
  const models = [...seeds, ...steps('models').map((step) => ({ ...step, step: parseModel(step) }))];
  const { timing, problems } = readTiming(raw, [], file, timezone);
  const bothTimings = raw.every !== undefined && raw.cron !== undefined;
  return {
    parsed: {
      pipeline: {
        name,
        file: path,
        description: textOf(raw.description),
        timing,
        sources: sources.map(({ step }) => step),
        models: models.map(({ step }) => step),
      },
      where: file.valueAt(['pipeline']),
      sources,
      models,
    },
    problems: [
      ...file.problems,
      ...mistakes.map((mistake) => schemaProblem(mistake, file)),
      ...problems,
      ...(bothTimings ? [errorAt(file.keyAt(['cron']), "only one of 'every', 'cron' can be given")] : []),
    ],
  };
}

function rawStep(
  file: YamlFile,
  path: readonly [StepKind, string],
  pipeline: string,
  value: unknown,
  unsound: ReadonlySet<string>,
): RawStep {
  return {
    kind: path[0],
    name: path[1],
    pipeline,
    raw: objectOf(value),
    sound: isObject(value) && !unsound.has(path.join('/')),
    valueAt: (...keys) => (keys.length === 0 ? file.keyAt(path) : file.valueAt([...path, ...keys])),
    keyAt: (...keys) => file.keyAt([...path, ...keys]),
  };
}
