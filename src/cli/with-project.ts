/** Opens the project a command works on. */
import { resolve } from 'node:path';
import type { Config } from '../config/types.js';
import { EtlError, toEtlError } from '../errors.js';
import { maskSecrets } from '../mask.js';
import type { Project } from '../pipeline/types.js';
import type { CommonArguments } from './common.js';
import { openProject } from './project.js';

export interface OpenedProject {
  readonly config: Config;
  readonly project: Project;
}

/** Gives `work` the project; what it throws comes on without the config's secrets. */
export async function withProject<T>(
  flags: Pick<CommonArguments, 'root' | 'env'>,
  work: (opened: OpenedProject) => Promise<T>,
): Promise<T> {
  const opened = await openProject({ root: resolve(flags.root), environment: flags.env, env: process.env });
  try {
    return await work(opened);
  } catch (thrown) {
    throw withoutSecrets(toEtlError(thrown), opened.config.secrets);
  }
}

function withoutSecrets(error: EtlError, secrets: readonly string[]): EtlError {
  const mask = (text: string | undefined) => (text === undefined ? undefined : maskSecrets(text, secrets));
  const cause = error.cause instanceof Error ? new Error(maskSecrets(error.cause.message, secrets)) : undefined;
  const { code, where, retryable, step, problems } = error;
  const message = maskSecrets(error.message, secrets);
  return new EtlError(code, message, {
    cause,
    where,
    retryable,
    step,
    problems,
    hint: mask(error.hint),
    sql: mask(error.sql),
  });
}
