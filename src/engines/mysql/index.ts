/** The engine of MySQL and MariaDB: sources and warehouses. */
import type { Engine } from '../contract.js';
import { capabilities } from './capabilities.js';
import { dialect } from './dialect.js';
import { sqlErrorPosition } from './errors.js';
import { openSource } from './source.js';

export const engine: Engine = {
  name: 'mysql',
  capabilities,
  dialect,
  sqlErrorPosition,
  openSource: (connection, settings) => openSource(connection, settings, engine),
  openWarehouse: async (connection, settings) => {
    const { openWarehouse } = await import('./warehouse.js');
    return openWarehouse(connection, settings, engine);
  },
  openReader: async (connection, settings) => {
    const { openReader } = await import('./reader.js');
    return openReader(connection, settings);
  },
};
