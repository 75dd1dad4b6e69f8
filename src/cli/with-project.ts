/** Opens the project a command works on. */
import { resolve } from 'node:path';
import { definitionError, hasErrors } from '../config/problems.js';
import type { Config } from '../config/types.js';
import { EtlError, toEtlError } from '../errors.js';
import { maskSecrets } from '../mask.js';
import type { CommonArguments } from './common.js';
import { type OpenedProject, openProject } from './project.js';

/** Gives `work` the project; what it throws comes on without the config's secrets. */
export async function withProject<T>(
  flags: Pick<CommonArguments, 'root' | 'env'>,
  work: (opened: OpenedProject) => Promise<T>,
): Promise<T> {
  const opened = await openProject({ root: resolve(flags.root), environment: flags.env, env: process.env });
  return maskingSecrets(opened.config, () => work(opened));
}

/** Gives `work` the config alone, for commands that need no pipelines. Errors: DEFINITION with all problems of the config. */
export async function withConfig<T>(
  flags: Pick<CommonArguments, 'root' | 'env'>,
  work: (config: Config) => Promise<T>,
): Promise<T> {
  const { checkConfig } = await import('../config/load.js');
  const { config, problems } = await checkConfig({
    root: resolve(flags.root),
    env: process.env,
    ...(flags.env === undefined ? {} : { environment: flags.env }),
  });
  if (config === undefined || hasErrors(problems)) throw definitionError(problems);
  return maskingSecrets(config, () => work(config));
}

async function maskingSecrets<T>({ secrets }: Config, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw withoutSecrets(toEtlError(thrown), secrets);
  }
}

function withoutSecrets(error: EtlError, secrets: readonly string[]): EtlError {
  const mask = (text: string | undefined) => (text === undefined ? undefined : maskSecrets(text, secrets));
  const cause = error.cause instanceof Error ? new Error(maskSecrets(error.cause.message, secrets)) : undefined;
  const { code, where, retryable, step, problems, sqlLine } = error;
  const message = maskSecrets(error.message, secrets);
  return new EtlError(code, message, {
    cause,
    where,
    retryable,
    step,
    problems,
    hint: mask(error.hint),
    sql: mask(error.sql),
    sqlLine,
  });
}
