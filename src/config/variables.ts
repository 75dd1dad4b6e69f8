/** What `${NAME}` can stand for: the process's environment, and below it the file `.env` beside the config. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseDotenv } from 'dotenv';
import { EtlError } from '../errors.js';
import type { Variables } from './fill.js';

/** @param root the config's folder */
export function variablesIn(root: string, env: Variables): Variables {
  const dotenv = readIfThere(path.join(root, '.env'));
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  return dotenv === undefined ? set : { ...parseDotenv(dotenv), ...set };
}

/** Errors: IO. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return undefined;
    throw new EtlError('IO', `${path.basename(file)} cannot be read`, { cause: error });
  }
}
