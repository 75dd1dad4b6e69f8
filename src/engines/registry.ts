/** The engines by connection type. Each is loaded when it is first used, so that `--help` and `validate` start no driver. */
import { EtlError } from '../errors.js';
import type { Capabilities, Dialect, Engine } from './contract.js';

const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  duckdb: async () => (await import('./duckdb/index.js')).engine,
  mysql: async () => (await import('./mysql/index.js')).engine,
};

const dialects: Readonly<Record<string, () => Promise<Dialect>>> = {
  duckdb: async () => (await import('./duckdb/dialect.js')).dialect,
  mysql: async () => (await import('./mysql/dialect.js')).dialect,
};

const capabilities: Readonly<Record<string, () => Promise<Capabilities>>> = {
  duckdb: async () => (await import('./duckdb/capabilities.js')).capabilities,
  mysql: async () => (await import('./mysql/capabilities.js')).capabilities,
};

export const engineNames: readonly string[] = Object.keys(engines);

/** The engine of a connection type, with its driver. */
export async function loadEngine(type: string): Promise<Engine> {
  return lookUp(engines, type)();
}

/** The dialect alone: text, without any driver. */
export async function loadDialect(type: string): Promise<Dialect> {
  return lookUp(dialects, type)();
}

/** What an engine can do: data, without any driver. */
export async function loadCapabilities(type: string): Promise<Capabilities> {
  return lookUp(capabilities, type)();
}

function lookUp<T>(table: Readonly<Record<string, T>>, type: string): T {
  const found = table[type];
  if (found === undefined) {
    throw new EtlError('DEFINITION', `no engine is called '${type}'`, { hint: `one of: ${engineNames.join(', ')}` });
  }
  return found;
}
