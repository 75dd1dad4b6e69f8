/** The registry of engines, for `vi.mock`: MySQL sources do as well what a test adds to them. */
import type { SourceDatabase } from '../../src/engines/contract.js';

type Registry = typeof import('../../src/engines/registry.js');

/** @param original as `vi.mock` gives it */
export async function registryOf(
  original: () => Promise<unknown>,
  hooked: (database: SourceDatabase) => SourceDatabase,
): Promise<Registry> {
  const registry = (await original()) as Registry;
  const loadEngine: Registry['loadEngine'] = async (type) => {
    const engine = await registry.loadEngine(type);
    if (type !== 'mysql') return engine;
    return { ...engine, openSource: async (...given) => hooked(uncopied(await engine.openSource(...given))) };
  };
  return { ...registry, loadEngine };
}

/** A warehouse on the source's own server would copy the rows, past what a test does while they are read. */
function uncopied(database: SourceDatabase): SourceDatabase {
  const snapshot = async () => ({ ...(await database.snapshot()), copyable: async () => undefined });
  return { ...database, snapshot };
}
