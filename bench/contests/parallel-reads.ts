/** One large table of a server that needs time for each row, read by one connection and by several. */
import { join } from 'node:path';
import { queryDuckdb } from '../digest.js';
import { chatEtl, mysqlConnection, writeFiles } from '../project.js';
import type { Contender, Contest } from '../race.js';
import { titles } from '../ratios.js';
import type { Server } from '../server.js';
import { removeDuckdb } from './into-duckdb.js';

/** What each row costs the server: waiting, so that the cores of this machine do not limit what is shown. */
const delaySeconds = 0.0005;
const database = 'slow';

/** @param rows each takes half a millisecond */
export async function parallelReads(server: Server, scratch: string, rows: number): Promise<Contest> {
  await server.query(
    `drop database if exists ${database}`,
    `create database ${database}`,
    `create table ${database}.numbers (id bigint not null primary key, updated_at datetime not null, key (updated_at))`,
    `insert into ${database}.numbers select seq * 1000, '2025-01-01' + interval seq second from seq_1_to_${rows}`,
  );
  return {
    title: titles.parallelReads,
    expected: async () => `${rows} ${(rows * (rows + 1) * 1000) / 2}`,
    contenders: [
      await reading(server, join(scratch, 'reads-4'), 4, 'chat-etl, four connections'),
      await reading(server, join(scratch, 'reads-2'), 2, 'chat-etl, two connections'),
      await reading(server, join(scratch, 'reads-1'), 1, 'chat-etl, one connection'),
    ],
  };
}

async function reading(server: Server, folder: string, connections: number, name: string): Promise<Contender> {
  const path = join(folder, 'warehouse.duckdb');
  const oltp = { ...mysqlConnection(server.login, database), parallel_reads: connections };
  const source = {
    table: 'numbers',
    key: 'id',
    columns: { add: { waited: `sleep(${delaySeconds})` } },
    incremental: { cursor: 'updated_at' },
  };
  await writeFiles(
    folder,
    new Map([
      [
        'chat-etl.config.yaml',
        JSON.stringify({
          connections: { oltp, olap: { type: 'duckdb', path } },
          run: { from: 'oltp', into: 'olap' },
        }),
      ],
      ['pipelines/slow.yaml', JSON.stringify({ pipeline: 'slow', sources: { numbers: source } })],
    ]),
  );
  return {
    name,
    prepare: () => removeDuckdb(path),
    command: chatEtl(folder, 'run'),
    digest: async () => (await queryDuckdb(path, ["select count(*) || ' ' || sum(id) from stg_numbers"])).join(),
  };
}
