/** dlt, by two of its ways to read a database. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeDuckdb } from '../contests/into-duckdb.js';
import { duckdbDigest } from '../digest.js';
import type { Contender } from '../race.js';
import type { Server } from '../server.js';
import { missing, type Peers } from './install.js';

type Backend = 'connectorx' | 'pyarrow';

/** connectorx appends, pyarrow merges by key. */
export async function dlt(server: Server, scratch: string, peers: Peers, backend: Backend): Promise<Contender> {
  const folder = join(scratch, `dlt-${backend}`);
  const path = join(folder, 'warehouse.duckdb');
  const script = join(folder, 'load.py');
  await mkdir(folder, { recursive: true });
  await writeFile(script, program(server, folder, path, backend));
  return {
    name: `dlt, ${backend}`,
    prepare: async () => {
      await removeDuckdb(path);
      await rm(join(folder, 'state'), { recursive: true, force: true });
    },
    command:
      peers.load === undefined
        ? missing('dlt')
        : {
            program: join(peers.load, 'python'),
            args: [script],
            folder,
            env: {
              DLT_DATA_DIR: join(folder, 'state'),
              RUNTIME__DLTHUB_TELEMETRY: 'false',
              RUNTIME__LOG_LEVEL: 'ERROR',
            },
          },
    digest: () => duckdbDigest(path, 'chat.'),
  };
}

function program({ login }: Server, folder: string, path: string, backend: Backend): string {
  const { host, port, user } = login;
  const conn = backend === 'connectorx' ? `, backend_kwargs={'conn': 'mysql://${user}@${host}:${port}/chat'}` : '';
  const write = backend === 'connectorx' ? 'append' : 'merge';
  return `import dlt
from dlt.sources.sql_database import sql_database

source = sql_database('mysql+pymysql://${user}@${host}:${port}/chat?charset=utf8mb4', backend='${backend}',
    table_names=['users', 'chats', 'chat_members', 'messages', 'reactions'], reflection_level='full'${conn})
pipeline = dlt.pipeline('bench', destination=dlt.destinations.duckdb('${path}'), dataset_name='chat', pipelines_dir='${join(folder, 'state')}')
pipeline.run(source, write_disposition='${write}').raise_on_failed_jobs()
`;
}
