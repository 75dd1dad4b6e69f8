/** All five tables of a MariaDB into another database: of the same server, and of another one. */
import { join } from 'node:path';
import { tableNames, tables } from '../../src/demo/tables.js';
import { mysqlDigest } from '../digest.js';
import type { Peers } from '../peers/install.js';
import { sling } from '../peers/sling.js';
import { chatEtl, mysqlConnection, writeProject } from '../project.js';
import type { Command, Contender, Contest } from '../race.js';
import { titles } from '../ratios.js';
import type { Login, Server } from '../server.js';

export async function intoSameServer(server: Server, scratch: string, peers: Peers | undefined): Promise<Contest> {
  return {
    title: titles.sameServer,
    expected: () => mysqlDigest(server, 'chat.'),
    contenders: [
      await ours(server, server, join(scratch, 'same-server')),
      {
        name: 'insert … select',
        prepare: () => emptyTables(server),
        command: mariadb(server.login, insertAll()),
        digest: () => mysqlDigest(server, 'plain.'),
      },
      ...(peers === undefined ? [] : [await sling(server, scratch, peers)]),
    ],
  };
}

export async function intoOtherServer(server: Server, other: Server, scratch: string): Promise<Contest> {
  return {
    title: titles.otherServer,
    expected: () => mysqlDigest(server, 'chat.'),
    contenders: [
      await ours(server, other, join(scratch, 'other-server')),
      {
        name: 'mariadb | load data',
        prepare: () => emptyTables(other),
        command: { program: 'bash', args: ['-c', pipeAll(server.login, other.login)] },
        digest: () => mysqlDigest(other, 'plain.'),
      },
    ],
  };
}

async function ours(from: Server, to: Server, folder: string): Promise<Contender> {
  await writeProject(folder, mysqlConnection(from.login, 'chat'), mysqlConnection(to.login, 'warehouse'));
  return {
    name: 'chat-etl',
    prepare: () => emptyDatabase(to, 'warehouse'),
    command: chatEtl(folder, 'run'),
    digest: () => mysqlDigest(to, 'warehouse.stg_'),
  };
}

export async function emptyDatabase(server: Server, name: string): Promise<void> {
  await server.query(`drop database if exists ${name}`, `create database ${name} character set utf8mb4`);
}

/** Tables with the source's columns and key, as staging has them: without further indexes. */
async function emptyTables(server: Server): Promise<void> {
  await emptyDatabase(server, 'plain');
  for (const table of tableNames) {
    const { columns, key } = tables[table];
    const lines = columns.map(
      ({ name, mysql, nullable }) =>
        `${name} ${mysql.replace(' auto_increment', '')} ${nullable ? 'null' : 'not null'}`,
    );
    await server.query(`create table plain.${table} (${lines.join(', ')}, primary key (${key.join(', ')}))`);
  }
}

function insertAll(): string {
  return tableNames.map((table) => `insert into plain.${table} select * from chat.${table};`).join(' ');
}

function mariadb({ host, port, user }: Login, sql: string): Command {
  return { program: 'mariadb', args: [`-h${host}`, `-P${port}`, `-u${user}`, '-e', sql] };
}

/** Two clients and a pipe for each table, nothing on disk. The client writes NULL where LOAD DATA reads \N. */
function pipeAll(from: Login, to: Login): string {
  const client = ({ host, port, user }: Login) =>
    `mariadb -h${host} -P${port} -u${user} --default-character-set=utf8mb4`;
  return [
    'set -e -o pipefail',
    ...tableNames.map((table) => {
      const columns = tables[table].columns.map(({ name }) => name);
      const nullable = tables[table].columns.filter((column) => column.nullable).map(({ name }) => name);
      const fields = columns.map((name) => (nullable.includes(name) ? `@${name}` : name)).join(', ');
      const set = nullable.map((name) => `${name} = nullif(@${name}, 'NULL')`).join(', ');
      const load = `load data local infile '/dev/stdin' into table plain.${table} character set utf8mb4 (${fields})${set && ` set ${set}`}`;
      return `${client(from)} --quick -N -B -e 'select * from chat.${table} order by ${tables[table].key.join(', ')}' | ${client(to)} --local-infile=1 -e "${load}"`;
    }),
  ].join('\n');
}
