/** Sling, five tables by one replication. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableNames } from '../../src/demo/tables.js';
import { emptyDatabase } from '../contests/into-mariadb.js';
import { mysqlDigest } from '../digest.js';
import type { Contender } from '../race.js';
import type { Server } from '../server.js';
import { missing, type Peers } from './install.js';

/** Its tables have other types (an unsigned bigint becomes a text), so that row counts alone are compared. */
export async function sling(server: Server, scratch: string, peers: Peers): Promise<Contender> {
  const { host, port, user } = server.login;
  const folder = join(scratch, 'sling');
  await mkdir(folder, { recursive: true });
  const replication = {
    source: 'CHAT',
    target: 'SLUNG',
    defaults: { mode: 'full-refresh', object: 'slung.{stream_table}' },
    streams: Object.fromEntries(tableNames.map((table) => [`chat.${table}`, {}])),
  };
  await writeFile(join(folder, 'replication.yaml'), JSON.stringify(replication));
  return {
    name: 'Sling',
    isSlow: true,
    prepare: () => emptyDatabase(server, 'slung'),
    command:
      peers.sling === undefined
        ? missing('Sling')
        : {
            program: join(peers.sling, 'python'),
            args: ['-c', start, 'run', '-r', join(folder, 'replication.yaml')],
            folder,
            env: {
              CHAT: `mysql://${user}@${host}:${port}/chat`,
              SLUNG: `mysql://${user}@${host}:${port}/slung`,
              SLING_HOME_DIR: join(folder, 'home'),
              SLING_DISABLE_TELEMETRY: 'true',
            },
          },
    digest: async () => {
      const [loaded, expected] = [await countsOf(server, 'slung'), await countsOf(server, 'chat')];
      return loaded === expected ? mysqlDigest(server, 'chat.') : loaded;
    },
  };
}

/** The package brings the program alone, and no command for it. */
const start = `import os, sys, sling_linux_amd64
program = os.path.join(list(sling_linux_amd64.__path__)[0], 'bin', 'sling-linux-amd64')
os.execv(program, ['sling'] + sys.argv[1:])`;

async function countsOf(server: Server, database: string): Promise<string> {
  const counts = tableNames.map((table) => `(select count(*) from ${database}.${table}) as ${table}`);
  const [row] = await server.query(`select ${counts.join(', ')}`);
  return JSON.stringify(row);
}
