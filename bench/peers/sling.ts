/** Sling, five tables by one replication. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableNames } from '../../src/demo/tables.js';
import { emptyDatabase } from '../contests/into-mariadb.js';
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
            program: join(peers.sling, 'sling'),
            args: ['run', '-r', join(folder, 'replication.yaml')],
            folder,
            env: {
              CHAT: `mysql://${user}@${host}:${port}/chat`,
              SLUNG: `mysql://${user}@${host}:${port}/slung`,
              SLING_HOME_DIR: join(folder, 'home'),
              SLING_DISABLE_TELEMETRY: 'true',
            },
          },
  };
}
