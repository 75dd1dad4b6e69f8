/** Ten models over staging tables that are there already. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { queryDuckdb } from '../digest.js';
import { models, sqlOf } from '../models.js';
import { dbt } from '../peers/dbt.js';
import type { Peers } from '../peers/install.js';
import { chatEtl, mysqlConnection, writeProject } from '../project.js';
import { type Contender, type Contest, runOnce } from '../race.js';
import { titles } from '../ratios.js';
import type { Server } from '../server.js';
import { removeDuckdb } from './into-duckdb.js';

export async function transforms(server: Server, scratch: string, peers: Peers | undefined): Promise<Contest> {
  const folder = join(scratch, 'transforms');
  const loaded = join(folder, 'loaded.duckdb');
  const path = join(folder, 'warehouse.duckdb');
  const sql = models.map(
    (model) => [model.name, { sql: sqlOf(model, (name) => `{{ref "${name}"}}`), key: model.key }] as const,
  );
  await writeProject(folder, mysqlConnection(server.login, 'chat'), { type: 'duckdb', path }, new Map(sql));
  await runOnce(chatEtl(folder, 'run', '--pipeline', 'sources'));
  await copyFile(path, loaded);
  const prepare = async () => {
    await removeDuckdb(path);
    await copyFile(loaded, path);
  };
  const digest = () => digestOf(path);
  const contenders: readonly Contender[] = [
    { name: 'chat-etl', prepare, command: chatEtl(folder, 'run', '--pipeline', 'models', '--no-deps'), digest },
    { name: 'plain statements', prepare, command: await plain(folder, path), digest },
    ...(peers === undefined ? [] : [{ ...(await dbt(folder, path, peers)), prepare, digest }]),
  ];
  return { title: titles.transforms, contenders, expected: () => expectedDigest(prepare, path) };
}

async function expectedDigest(prepare: () => Promise<void>, path: string): Promise<string> {
  await prepare();
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of plainStatements()) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
  return digestOf(path);
}

function plainStatements(): readonly string[] {
  return models.map((model) => `create table ${model.name} as ${sqlOf(model, (name) => name)}`);
}

/** One connection of one process, the statements one after the other. */
async function plain(folder: string, path: string) {
  const script = join(folder, 'plain.mjs');
  const driver = import.meta.resolve('@duckdb/node-api');
  await mkdir(folder, { recursive: true });
  await writeFile(
    script,
    `import { DuckDBInstance } from '${driver}';
const instance = await DuckDBInstance.create(${JSON.stringify(path)});
const connection = await instance.connect();
for (const sql of ${JSON.stringify(plainStatements())}) await connection.run(sql);
connection.closeSync();
instance.closeSync();
`,
  );
  return { program: process.execPath, args: [script] };
}

/** Rows, and a sum over the hashes of the rows as text. */
async function digestOf(path: string): Promise<string> {
  const queries = models.map(({ name }) => `select count(*) || ' ' || sum(hash(t::varchar)::hugeint) from ${name} t`);
  const found = await queryDuckdb(path, queries);
  return models.map(({ name }, index) => `${name}: ${found[index]}`).join('\n');
}
