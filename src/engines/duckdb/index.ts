/** The DuckDB engine: an embedded warehouse in one file, and a source to read from. */
import type { Engine } from '../contract.js';
import { capabilities } from './capabilities.js';
import { dialect } from './dialect.js';
import { sqlErrorPosition } from './errors.js';
import { publishCopy } from './publish-copy.js';
import { openReader } from './reader.js';
import { openSource } from './source.js';
import { openWarehouse } from './warehouse.js';

export const engine: Engine = {
  name: 'duckdb',
  capabilities,
  dialect,
  sqlErrorPosition,
  openSource: (connection, settings) => openSource(engine, connection, settings),
  openWarehouse: (connection, settings) => openWarehouse(engine, connection, settings),
  openReader,
  publishCopy,
};
