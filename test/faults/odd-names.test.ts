/** Names are names wherever they stand: of databases, tables, columns and models, whatever they are made of. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLab, targets } from '../e2e/lab.js';
import { freshDatabase } from '../servers/database.js';

const evil = `x"; drop table t; -- 'y' \\ $\{a} ☃ ?`;
const id = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A database beside the given one, on the same server. */
async function oddDatabase(name: string) {
  const server = await freshDatabase('odd');
  await server.query(`drop database if exists ${id(name)}`);
  await server.query(`create database ${id(name)} character set utf8mb4`);
  onTestFinished(async () => {
    await server.query(`drop database ${id(name)}`);
    await server.drop();
  });
  return { options: { ...server.options, database: name }, query: server.query };
}

describe.each(targets)('into %s', (target) => {
  test('odd columns are keys, cursors and partitions of models of every strategy, and reserved words are models', async () => {
    const source = await oddDatabase(`o"d'd; ☃ \\ ${target}`);
    const key = `k ${evil}`;
    const day = `d ${evil}`;
    const stamp = `u ${evil}`;
    const warehouse = target === 'mysql' ? await oddDatabase(`w"h'; -- ☃ ${target}`) : undefined;
    const columns = `select ${[key, day, stamp, 'order'].map(quoted).join(', ')} from`;
    const lab = await openLab({
      target,
      oltp: [
        `create table ${id(source.options.database)}.t (x int)`,
        `create table ${id(source.options.database)}.${id(evil)} (${id(key)} bigint primary key, ${id(day)} date, ${id(stamp)} datetime(6) not null, ${id('order')} int, gone int)`,
        `insert into ${id(source.options.database)}.${id(evil)} values (1, '2024-01-01', now(6), 10, 0), (2, '2024-01-02', now(6), 20, 0), (3, '2024-01-02', now(6), 30, 0)`,
      ],
      through: { oltp: { database: source.options.database } },
      ...(warehouse === undefined ? {} : { warehouse: warehouse.options }),
      files: {
        'pipelines/p.yaml': JSON.stringify({
          pipeline: 'select',
          sources: { order: { table: evil, key, incremental: { cursor: stamp }, deletes: 'detect' } },
          models: {
            table: { sql: 'table.sql', strategy: 'table', key, tests: [{ unique: key }, { not_null: day }] },
            group: { sql: 'group.sql', strategy: 'merge', key },
            view: { sql: 'view.sql', strategy: 'view' },
            from: { sql: 'from.sql', strategy: 'snapshot', key, valid_from: stamp },
            where: { sql: 'where.sql', strategy: 'partition', partition_by: day, key: day, from: { stg_order: day } },
          },
        }),
        'sql/table.sql': `${columns} {{ref "stg_order"}}`,
        'sql/group.sql': `${columns} {{delta "stg_order"}}`,
        'sql/view.sql': `${columns} {{ref "table"}}`,
        'sql/from.sql': `${columns} {{ref "stg_order"}}`,
        'sql/where.sql': `select d as ${quoted(day)}, sum("order") as "sum" from (select ${quoted(day)} as d, "order" from {{ref "stg_order"}}) x where {{dirty "x.d"}} group by d`,
      },
    });
    onTestFinished(() => lab.close());
    await lab.runWell();
    const table = `${id(source.options.database)}.${id(evil)}`;
    await lab.oltp.query(`update ${table} set ${id('order')} = 21, ${id(stamp)} = now(6) where ${id(key)} = 2`);
    await lab.oltp.query(`delete from ${table} where ${id(key)} = 3`);
    await lab.runWell({ detect: ['stg_order'] });
    await lab.runWell({ reconcile: { sources: ['stg_order'], mode: 'report' } });
    for (const relation of ['stg_order', 'table', 'group', 'view']) {
      const rows = await lab.query(`select ${quoted(key)} as k, "order" as o from ${quoted(relation)} order by 1`);
      expect(
        rows.map(({ k, o }) => [Number(k), Number(o)]),
        relation,
      ).toEqual([
        [1, 10],
        [2, 21],
      ]);
    }
    const sums = await lab.query(`select "sum" as s from "where" order by 1`);
    expect(sums.map(({ s }) => Number(s))).toEqual([10, 21]);
    const versions = await lab.query(`select count(*) as n from "from"`);
    expect(Number(versions[0]?.n)).toBe(4);
    expect(await lab.oltp.query(`select count(*) as n from ${id(source.options.database)}.t`)).toEqual([{ n: 0 }]);
  });
});
