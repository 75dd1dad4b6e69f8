import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CopyRequest, Session } from '../../../src/engines/contract.js';
import { engine } from '../../../src/engines/duckdb/index.js';
import { publishCopy } from '../../../src/engines/duckdb/publish-copy.js';
import { inFolder, kill, openElsewhere, runSql, settings } from './lab.js';

const copyName = 'ro/warehouse.duckdb';

/** What is compared: the rows of `t`, where there is such a table. */
async function stateOf(session: Session): Promise<string | undefined> {
  return (await session.columns('t')) && JSON.stringify(await session.query('select n from t order by n'));
}

function publish(folder: string, onStart: CopyRequest['onStart'] = () => undefined) {
  const options = { path: 'warehouse.duckdb', publish_copy: copyName };
  return publishCopy({ name: 'olap', type: 'duckdb', options, root: folder }, { settings, stateOf, onStart });
}

const makeWarehouse = (folder: string) => runSql(join(folder, 'warehouse.duckdb'), 'create table t as select 1 as n');
const rowsOf = (path: string) => runSql(path, 'select n from t order by n');

test('the copy has the rows, its folder is made, and nobody may write to it', () =>
  inFolder(async (folder) => {
    await makeWarehouse(folder);
    const copy = join(folder, copyName);
    const { size } = statSync(join(folder, 'warehouse.duckdb'));
    expect(await publish(folder)).toMatchObject({ path: copy, bytes: size });
    expect(await rowsOf(copy)).toEqual([[1]]);
    expect(statSync(copy).mode & 0o222).toBe(0);
    expect(readdirSync(join(folder, 'ro'))).toEqual(['warehouse.duckdb']);
  }));

test('a copy of the same state is left alone; one of another state is replaced and keeps its mode', () =>
  inFolder(async (folder) => {
    await makeWarehouse(folder);
    await publish(folder);
    chmodSync(join(folder, copyName), 0o640);
    const { ino } = statSync(join(folder, copyName));
    expect(await publish(folder)).toBeUndefined();
    expect(statSync(join(folder, copyName)).ino).toBe(ino);
    await runSql(join(folder, 'warehouse.duckdb'), 'insert into t values (2)');
    expect(await publish(folder)).toBeDefined();
    expect(await rowsOf(join(folder, copyName))).toEqual([[1], [2]]);
    expect(statSync(join(folder, copyName)).mode & 0o777).toBe(0o640);
  }));

test('nobody can write to the warehouse while it is copied', () =>
  inFolder(async (folder) => {
    await makeWarehouse(folder);
    let refused = '';
    await publish(folder, () => {
      const path = join(folder, 'warehouse.duckdb');
      const script = `require('@duckdb/node-api').DuckDBInstance.create(process.argv[1]).catch((error) => console.log(error.message))`;
      refused = spawnSync(process.execPath, ['-e', script, path]).stdout.toString();
    });
    expect(refused).toContain('Could not set lock on file');
  }));

test('a warehouse that another program has open is not copied, and that program is named', () =>
  inFolder(async (folder) => {
    await makeWarehouse(folder);
    const other = await openElsewhere(join(folder, 'warehouse.duckdb'));
    await expect(publish(folder)).rejects.toMatchObject({
      code: 'WAREHOUSE_LOCKED',
      message: expect.stringContaining(`held by process ${other.pid} `),
    });
    expect(readdirSync(join(folder, 'ro'))).toEqual([]);
  }));

test('what a killed program left in the log of the warehouse is in the copy', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'warehouse.duckdb');
    await makeWarehouse(folder);
    await kill(await openElsewhere(path, 'insert into t values (2)'));
    expect(existsSync(`${path}.wal`)).toBe(true);
    await publish(folder);
    expect(await rowsOf(join(folder, copyName))).toEqual([[1], [2]]);
  }));

test('a copy that somebody has open to write is replaced, and the log of that is not taken for the new one’s', () =>
  inFolder(async (folder) => {
    await makeWarehouse(folder);
    await publish(folder);
    const copy = join(folder, copyName);
    chmodSync(copy, 0o644);
    await openElsewhere(copy, 'insert into t values (666)');
    expect(existsSync(`${copy}.wal`)).toBe(true);
    expect(await publish(folder)).toBeDefined();
    expect(existsSync(`${copy}.wal`)).toBe(false);
    expect(await rowsOf(copy)).toEqual([[1]]);
  }));

test('what killed processes had begun to copy is removed, what a living one copies is not', () =>
  inFolder(async (folder) => {
    await makeWarehouse(folder);
    const other = await openElsewhere(join(folder, 'else.duckdb'));
    mkdirSync(join(folder, 'ro'));
    const mine = ['999999999', String(process.pid)].map((pid) => `warehouse.duckdb.${pid}.copying`);
    const others = [`warehouse.duckdb.${other.pid}.copying`, 'warehouse.duckdb.notes'];
    for (const name of [...mine, ...others]) writeFileSync(join(folder, 'ro', name), 'half');
    await publish(folder);
    expect(readdirSync(join(folder, 'ro')).sort()).toEqual(['warehouse.duckdb', ...others].sort());
  }));

test('a database that is no copy of a warehouse is never replaced', () =>
  inFolder(async (folder) => {
    await makeWarehouse(folder);
    mkdirSync(join(folder, 'ro'));
    await runSql(join(folder, copyName), 'create table precious as select 42 as answer');
    await expect(publish(folder)).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('is a database of its own'),
    });
    expect(await runSql(join(folder, copyName), 'select answer from precious')).toEqual([[42]]);
  }));

test('where the name is a link, the file that it points to is replaced', () =>
  inFolder(async (folder) => {
    await makeWarehouse(folder);
    await publish(folder);
    mkdirSync(join(folder, 'public'));
    symlinkSync(join(folder, copyName), join(folder, 'public/link.duckdb'));
    await runSql(join(folder, 'warehouse.duckdb'), 'insert into t values (2)');
    const options = { path: 'warehouse.duckdb', publish_copy: 'public/link.duckdb' };
    const request = { settings, stateOf, onStart: () => undefined };
    await engine.publishCopy?.({ name: 'olap', type: 'duckdb', options, root: folder }, request);
    expect(await rowsOf(join(folder, copyName))).toEqual([[1], [2]]);
  }));
