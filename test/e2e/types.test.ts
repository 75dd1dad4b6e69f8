/** Every type of MySQL and MariaDB arrives exactly in both warehouses: as the source's own server tells its values. */
import { type Connection, createConnection } from 'mysql2/promise';
import { describe, expect, onTestFinished, test } from 'vitest';
import { identityOf, openConnection } from '../../src/engines/mysql/connect.js';
import { loadWorkTable } from '../../src/engines/mysql/load.js';
import { parseOptions } from '../../src/engines/mysql/options.js';
import { readOf } from '../engines/mysql/source-lab.js';
import { openLab as openWarehouse } from '../engines/mysql/warehouse-lab.js';
import { mysqlSource } from '../extract/mysql-source.js';
import type { TestDatabase } from '../servers/database.js';
import { openLab, type Target, targets } from './lab.js';
import { type Edge, edges, inSource, inWarehouse } from './type-edges.js';

const list = Object.entries(edges);
const longest = Math.max(...list.map(([, { values }]) => values.length));
const createEdges = `create table edges (n int not null primary key, ${list.map(([name, { type }]) => `c_${name} ${type}`).join(', ')})`;

/** Row n holds the n-th value of each type; a last row holds NULL in all of them. */
const insertEdges = Array.from({ length: longest + 1 }, (_, n) => {
  const values = list.map(([, edge]) => edge.values[n] ?? 'null');
  return `insert into edges values (${[n, ...values].join(', ')})`;
});

/** A connection that speaks the binary protocol, in which doubles are their eight bytes. */
async function connectTo(server: TestDatabase): Promise<Connection> {
  const connection = await createConnection({ ...server.options, charset: 'utf8mb4' });
  onTestFinished(() => connection.end());
  await connection.query(`set time_zone = '+00:00'`);
  return connection;
}

async function valuesOf(
  connection: Connection,
  [name, { form }]: readonly [string, Edge],
): Promise<readonly unknown[]> {
  const [rows] = await connection.execute(`select ${inSource(`c_${name}`, form)} as v from edges order by n`);
  return (rows as { readonly v: unknown }[]).map(({ v }) => v);
}

const pipeline = `pipeline: p
sources:
  edges: { table: edges, key: n }
models: { everything: { sql: everything.sql, strategy: table, key: n } }
`;

describe.each(targets)('into %s', (target) => {
  test('every edge of every type, in staging and in a model', async () => {
    const files = { 'pipelines/p.yaml': pipeline, 'sql/everything.sql': 'select * from {{ref "stg_edges"}}' };
    const lab = await openLab({ target, oltp: [createEdges, ...insertEdges], files });
    onTestFinished(() => lab.close());
    const server = await connectTo(lab.oltp);
    await lab.runWell();
    for (const table of ['stg_edges', 'everything']) {
      const told = list.map(([name, { form }]) => `${inWarehouse(`c_${name}`, form, target)} as c_${name}`);
      const rows = await lab.query(`select ${told.join(', ')} from ${table} order by n`);
      for (const edge of list) {
        const arrived = rows.map((row) => row[`c_${edge[0]}`]);
        expect.soft(arrived, `${edge[0]} of ${table}`).toEqual(await valuesOf(server, edge));
      }
    }
    const again = await lab.runWell();
    expect(again.steps[0]).toMatchObject({ rowsInserted: 0, rowsUpdated: 0, rowsDeleted: 0 });
  });
});

// As docs/pipelines.md says that they are read.
const readShape: Readonly<Record<Target, string>> = {
  duckdb: 'st_astext(st_geomfromwkb(shape))',
  mysql: `st_astext(case when substr(shape, 5, 1) = x'20' then concat(substr(shape, 6, 4), left(shape, 4), x'00', substr(shape, 10)) else st_geomfromwkb(shape) end)`,
};

test.each(targets)('geometries with an SRID and without are read in %s', async (target) => {
  const lab = await openLab({
    target,
    oltp: [
      'create table shapes (id int primary key, shape geometry)',
      `insert into shapes values (1, st_geomfromtext('POINT(1 2)')), (2, st_geomfromtext('POINT(1 2)', 3857)),
         (3, st_geomfromtext('LINESTRING(1 2,3 4)', 3857)), (4, st_geomfromtext('GEOMETRYCOLLECTION EMPTY', 3857)), (5, null)`,
    ],
    files: { 'pipelines/p.yaml': 'pipeline: p\nsources: { shapes: { table: shapes, key: id } }\nmodels: {}\n' },
  });
  onTestFinished(() => lab.close());
  await lab.runWell();
  const rows = await lab.query(`select ${readShape[target]} as told from stg_shapes order by id`);
  expect(rows.map(({ told }) => (told === null ? null : String(told).replaceAll(/ (?=\()|(?<=,) /g, '')))).toEqual([
    'POINT(1 2)',
    'POINT(1 2)',
    'LINESTRING(1 2,3 4)',
    'GEOMETRYCOLLECTION EMPTY',
    null,
  ]);
});

test('every edge of every type by INSERT, where the server takes no files', async () => {
  await using source = await mysqlSource();
  for (const statement of [createEdges, ...insertEdges]) await source.server.query(statement);
  const server = await connectTo(source.server);
  const lab = await openWarehouse();
  const session = await lab.session();
  const options = parseOptions({ name: 'olap', type: 'mysql', root: '/', options: lab.database.options });
  const connection = await openConnection(options, { timeoutMs: 60_000, label: '' });
  onTestFinished(() => connection.destroy());
  const read = readOf({ table: 'edges', key: ['n'] });
  const columns = await source.database.describe(read);
  const snapshot = await source.database.snapshot();
  const pages = { batchRows: 10, batchBytes: 10_000_000, from: undefined, signal: new AbortController().signal };
  const into = { connection, localInfile: false, maxPacketBytes: 16_000_000 };
  await loadWorkTable(into, 'edges', columns, snapshot.read(read, columns, pages));
  await snapshot.close();
  expect(identityOf(connection).connectionId).not.toBe('');
  const told = list.map(([name, { form }]) => `${inWarehouse(`c_${name}`, form, 'mysql')} as c_${name}`);
  const rows = await session.query(
    `select ${told.join(', ')} from ${lab.engine.dialect.workTable('edges')} order by n`,
  );
  for (const edge of list) {
    expect
      .soft(
        rows.map((row) => row[`c_${edge[0]}`]),
        edge[0],
      )
      .toEqual(await valuesOf(server, edge));
  }
});

test.each(targets)(
  'the hour that a zone has twice is two hours of a TIMESTAMP, whoever wrote it (into %s)',
  async (target) => {
    const lab = await openLab({
      target,
      oltp: ['create table stamps (id int primary key, stamp timestamp(6) null)'],
      files: {
        'pipelines/p.yaml': pipeline
          .replaceAll('edges', 'stamps')
          .replace('key: n }', 'key: id }')
          .replace('key: n', 'key: id'),
        'sql/everything.sql': 'select id, stamp from {{ref "stg_stamps"}}',
      },
    });
    onTestFinished(() => lab.close());
    const writer = await connectTo(lab.oltp);
    for (const [id, zone, at] of [
      [1, '+02:00', '2024-10-27 02:30:00.000001'],
      [2, '+01:00', '2024-10-27 02:30:00.000001'],
      [3, '+02:00', '2024-03-31 03:00:00.000000'],
      [4, '+01:00', '2024-03-31 01:59:59.999999'],
    ] as const) {
      await writer.query(`set time_zone = '${zone}'`);
      await writer.query(`insert into stamps values (${id}, '${at}')`);
    }
    await lab.runWell();
    const rows = await lab.query(
      `select ${inWarehouse('stamp', 'timestamp', target)} as stamp from everything order by id`,
    );
    expect(rows.map(({ stamp }) => stamp)).toEqual([
      '2024-10-27 00:30:00.000001',
      '2024-10-27 01:30:00.000001',
      '2024-03-31 01:00:00.000000',
      '2024-03-31 00:59:59.999999',
    ]);
  },
);
