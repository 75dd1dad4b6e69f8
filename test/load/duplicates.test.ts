/** Whether keys are unique, counted by bits: what it says must be so, and it must say so where keys lie close together. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dialect } from '../../src/engines/duckdb/dialect.js';
import { areKeysCounted } from '../../src/load/duplicates.js';
import { inFolder, openWarehouse, withSession } from '../engines/duckdb/lab.js';

type Ask = (key: readonly string[], types: readonly string[], rows: readonly (readonly string[])[]) => Promise<boolean>;

/** Asks of a table of the given rows, each cell as SQL. */
async function asking(work: (ask: Ask) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const warehouse = await openWarehouse(folder);
    await withSession(warehouse, async (session) => {
      await work(async (key, types, rows) => {
        const columns = key.map((name, index) => `${dialect.identifier(name)} ${types[index]}`).join(', ');
        await session.execute(`create or replace table keys (${columns})`);
        for (const row of rows) await session.execute(`insert into keys values (${row.join(', ')})`);
        return areKeysCounted(session, dialect, { relation: 'keys', key });
      });
    });
    await warehouse.close();
  });
}

const dense = (values: readonly (number | string)[]) => values.map((value) => [String(value)]);

test.each([
  ['small numbers of either sign', 'tinyint', dense([-128, 127, 0, 5])],
  ['numbers at the lower end', 'bigint', dense(['(-9223372036854775808)', '(-9223372036854775807)'])],
  ['numbers at the upper end', 'ubigint', dense(['18446744073709551615', '18446744073709551600'])],
  ['days', 'date', dense([`'2024-02-28'`, `'2024-03-01'`, `'2024-02-29'`])],
  ['days before 1970', 'date', dense([`'1969-12-31'`, `'1970-01-01'`])],
])('%s are counted, one that stands twice is seen', async (_, type, rows) => {
  await asking(async (ask) => {
    expect(await ask(['order "by"'], [type], rows)).toBe(true);
    expect(await ask(['order "by"'], [type], [...rows, rows[0] ?? []])).toBe(false);
    expect(await ask(['order "by"'], [type], [...rows, ['null']])).toBe(false);
  });
});

test.each([
  ['texts', 'varchar', dense([`'a'`, `'b'`])],
  ['fractions', 'double', dense([1.25, 1.5])],
  ['numbers far apart', 'bigint', dense([1, 1_000_000])],
  ['numbers from end to end', 'bigint', dense(['(-9223372036854775808)', '9223372036854775807'])],
  ['endless days', 'date', dense([`'infinity'`, `'2024-01-01'`])],
  ['days before Christ', 'date', dense([`'0044-03-15 (BC)'`, `'0044-03-16 (BC)'`])],
  ['no rows', 'bigint', []],
])('%s are left to grouping', async (_, type, rows) => {
  await asking(async (ask) => expect(await ask(['k'], [type], rows)).toBe(false));
});

test('of keys of several columns it never calls one unique that is not, and sees that those close together are', async () => {
  const cell = fc.option(fc.integer({ min: 0, max: 5 }), { nil: null, freq: 20 });
  await asking(async (ask) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }), async (pairs) => {
        const rows = pairs.map(([day, id]) => [
          day === null ? 'null' : `date '2024-01-01' + ${day}`,
          id === null ? 'null' : String(id - 3),
        ]);
        const isUnique = new Set(pairs.map(String)).size === pairs.length && !pairs.some((pair) => pair.includes(null));
        expect(await ask(['day', 'id'], ['date', 'smallint'], rows)).toBe(isUnique);
      }),
      { numRuns: 40 },
    );
  });
});
