/** All five tables of a MariaDB into a new DuckDB file. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { duckdbDigest, mysqlDigest } from '../digest.js';
import { probedMegabytes, withProbe } from '../own-memory.js';
import { dlt } from '../peers/dlt.js';
import { duckdbMysql } from '../peers/duckdb-mysql.js';
import type { Peers } from '../peers/install.js';
import { chatEtl, mysqlConnection, writeProject } from '../project.js';
import type { Command, Contender, Contest } from '../race.js';
import { titles } from '../ratios.js';
import type { Server } from '../server.js';

export async function intoDuckdb(server: Server, scratch: string, peers: Peers | undefined): Promise<Contest> {
  const timed = await ours(server, join(scratch, 'into-duckdb'));
  const file = join(scratch, 'into-duckdb.memory');
  const probed = { ...timed, command: await withProbe(timed.command, file), megabytes: () => probedMegabytes(file) };
  return {
    title: titles.intoDuckdb,
    expected: () => mysqlDigest(server, 'chat.'),
    contenders: [
      timed,
      { ...probed, name: 'chat-etl, its own memory', isSlow: true },
      { name: 'mariadb-dump', prepare: async () => undefined, command: dump(server) },
      ...(peers === undefined
        ? []
        : [
            await dlt(server, scratch, peers, 'connectorx'),
            await duckdbMysql(server, scratch, peers),
            { ...(await dlt(server, scratch, peers, 'pyarrow')), isSlow: true },
          ]),
    ],
  };
}

async function ours(server: Server, folder: string): Promise<Contender> {
  const path = join(folder, 'warehouse.duckdb');
  await writeProject(folder, mysqlConnection(server.login, 'chat'), { type: 'duckdb', path });
  return {
    name: 'chat-etl',
    prepare: () => removeDuckdb(path),
    command: chatEtl(folder, 'run'),
    digest: () => duckdbDigest(path, 'stg_'),
  };
}

export async function removeDuckdb(path: string): Promise<void> {
  for (const ending of ['', '.wal']) await rm(path + ending, { force: true });
}

/** To nowhere: the reading alone, without whoever would take it. */
function dump({ login }: Server): Command {
  const { host, port, user } = login;
  const args = [
    `-h${host}`,
    `-P${port}`,
    `-u${user}`,
    '--single-transaction',
    '--quick',
    '--result-file=/dev/null',
    'chat',
  ];
  return { program: 'mariadb-dump', args };
}
