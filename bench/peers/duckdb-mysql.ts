/** DuckDB's own extension for MySQL: five times `create table … as select`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableNames } from '../../src/demo/tables.js';
import { removeDuckdb } from '../contests/into-duckdb.js';
import { duckdbDigest } from '../digest.js';
import type { Contender } from '../race.js';
import type { Server } from '../server.js';
import { missing, type Peers } from './install.js';

export async function duckdbMysql({ login }: Server, scratch: string, peers: Peers): Promise<Contender> {
  const folder = join(scratch, 'duckdb-mysql');
  const path = join(folder, 'warehouse.duckdb');
  const script = join(folder, 'load.py');
  await mkdir(folder, { recursive: true });
  await writeFile(
    script,
    `import duckdb
from duckdb_extensions import import_extension

import_extension('mysql')
connection = duckdb.connect('${path}')
connection.execute("load mysql; set TimeZone = 'UTC'; create schema chat")
connection.execute("attach 'host=${login.host} port=${login.port} user=${login.user} database=chat' as source (type mysql, read_only)")
for table in ${JSON.stringify(tableNames)}:
    connection.execute(f'create table chat.{table} as select * from source.chat.{table}')
connection.close()
`,
  );
  return {
    name: 'DuckDB mysql extension',
    prepare: () => removeDuckdb(path),
    command:
      peers.load === undefined
        ? missing("DuckDB's mysql extension")
        : { program: join(peers.load, 'python'), args: [script], folder },
    digest: () => duckdbDigest(path, 'chat.'),
  };
}
