/** The engines that runs of a history use: the chat in memory as the source, and a warehouse that belongs to a mortal process. */
import type { ConnectionDefinition, Engine } from '../../src/engines/contract.js';
import { type AtMoment, chatDatabase } from './chat-database.js';
import type { ChatModel } from './chat-model.js';
import type { Life } from './mortal.js';
import type { Place } from './places.js';

/** What one run works with. */
export interface Process {
  readonly chat: ChatModel;
  readonly at: AtMoment;
  readonly place: Place;
  readonly life: Life;
}

/** The runs under way, by the name in their connections. */
export const processes = new Map<string, Process>();

export function connectionsOf(
  name: string,
  { engine }: Place,
): Readonly<Record<'oltp' | 'olap', ConnectionDefinition>> {
  const options = { process: name };
  return {
    oltp: { name: 'oltp', type: 'memory', options, root: '' },
    olap: { name: 'olap', type: `mortal ${engine.name}`, options, root: '' },
  };
}

type Registry = typeof import('../../src/engines/registry.js');

/** The registry of engines with these in it. @param original as `vi.mock` gives it */
export async function registryOf(original: () => Promise<unknown>): Promise<Registry> {
  const registry = (await original()) as Registry;
  const loadEngine: Registry['loadEngine'] = async (type) => (await engineOf(type)) ?? registry.loadEngine(type);
  return { ...registry, loadEngine };
}

/** The engine for such a type; undefined for all others. */
async function engineOf(type: string): Promise<Engine | undefined> {
  if (type === 'memory') return memory;
  if (!type.startsWith('mortal ')) return undefined;
  const { duckdb, mysql } = await import('./places.js');
  return { ...(type === 'mortal duckdb' ? duckdb : mysql), openWarehouse: openMortal };
}

const memory = {
  name: 'memory',
  openSource: async (connection: ConnectionDefinition) => {
    const { chat, at } = processOf(connection);
    return chatDatabase(chat, memory, at);
  },
} as unknown as Engine;

const openMortal: Engine['openWarehouse'] = async (connection) => {
  const { place, life } = processOf(connection);
  const { warehouse, close } = await place.open();
  return life.lend(warehouse, close);
};

function processOf({ options }: ConnectionDefinition): Process {
  const found = processes.get(String(options.process));
  if (found === undefined) throw new Error('no such process');
  return found;
}
