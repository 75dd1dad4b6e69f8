/** The checked plain values as a typed `Config`, with all defaults. */
import type { ConnectionDefinition } from '../engines/contract.js';
import { parseBytes } from './byte-size.js';
import { parseDurationMs } from './duration.js';
import { choiceOf, isObject, objectOf, type RawObject, textOf, wholeNumberOf } from './raw.js';
import { writtenSecrets } from './secrets.js';
import { throttlesOf } from './throttle.js';
import type { Config, NotifySettings, RunSettings, Timing, VarValue } from './types.js';

export interface BuildInput {
  readonly file: string;
  readonly root: string;
  readonly environment: string | undefined;
  readonly raw: RawObject;
  readonly timing: Timing | undefined;
  readonly timezone: string;
  readonly secrets: readonly string[];
}

const defaultEveryMs = 3_600_000;

/** What is absent or wrong takes its default, so that a config with mistakes still serves to check everything else. */
export function buildConfig(input: BuildInput): Config {
  const { raw, root } = input;
  const logs = objectOf(raw.logs);
  return {
    file: input.file,
    root,
    environment: input.environment,
    connections: connectionsOf(objectOf(raw.connections), root),
    throttles: throttlesOf(objectOf(raw.connections), input.timezone),
    run: runSettings(objectOf(raw.run)),
    schedule: input.timing ?? { kind: 'every', everyMs: defaultEveryMs },
    vars: objectOf(raw.vars) as Config['vars'] & { readonly [name: string]: VarValue },
    timezone: input.timezone,
    logs: {
      folder: textOf(logs.folder) ?? 'logs',
      keepDays: wholeNumberOf(logs.keep_days) ?? 30,
      format: choiceOf(logs.format, ['text', 'json']),
    },
    journal: { keepDays: wholeNumberOf(objectOf(raw.journal).keep_days) ?? 90 },
    notify: listOf(raw.notify).filter(isObject).map(notifySettings),
    grants: listOf(raw.grants).filter((grant) => typeof grant === 'string'),
    secrets: [...new Set([...input.secrets, ...writtenSecrets(raw)])],
  };
}

function connectionsOf(raw: RawObject, root: string): Record<string, ConnectionDefinition> {
  const connections: Record<string, ConnectionDefinition> = {};
  for (const [name, connection] of Object.entries(raw)) {
    const { type, throttle: _throttle, ...options } = withPrimary(objectOf(connection), raw);
    if (typeof type === 'string') connections[name] = { name, type, options, root };
  }
  return connections;
}

/** The engine knows no other connections: `watermark_from` arrives there as the primary's own options. */
function withPrimary(connection: RawObject, connections: RawObject): RawObject {
  const name = textOf(connection.watermark_from);
  if (name === undefined) return connection;
  const { type: _type, watermark_from: _further, throttle: _throttle, ...primary } = objectOf(connections[name]);
  return { ...connection, watermark_from: primary };
}

function runSettings(raw: RawObject): RunSettings {
  const bytes = raw.batch_bytes;
  return {
    from: textOf(raw.from) ?? '',
    into: textOf(raw.into) ?? '',
    batchRows: wholeNumberOf(raw.batch_size) ?? 50_000,
    batchBytes: wholeNumberOf(bytes) ?? parseBytes(textOf(bytes) ?? '') ?? 4 * 1024 * 1024,
    parallel: wholeNumberOf(raw.parallel) ?? 4,
    atomicity: choiceOf(raw.atomicity, ['run', 'step']),
    retries: wholeNumberOf(raw.retries) ?? 2,
    timeoutMs: parseDurationMs(textOf(raw.timeout) ?? '') ?? 30 * 60_000,
    warnOpenAfterMs: parseDurationMs(textOf(raw.warn_open_after) ?? '') ?? 60 * 60_000,
  };
}

const notices = ['failure', 'recovery', 'overdue'] as const;

function notifySettings(raw: RawObject): NotifySettings {
  const on = raw.on === undefined ? notices : notices.filter((notice) => listOf(raw.on).includes(notice));
  return { on, command: textOf(raw.command), webhook: textOf(raw.webhook) };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
