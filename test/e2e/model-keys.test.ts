/** No model is published with a key that stands twice or is NULL, in its first run or a later one. For `append` see test/transform/append.test.ts. */
import { describe, expect, test } from 'vitest';
import { openItemsLab } from './items-lab.js';
import { targets } from './lab.js';

const strategies = [
  ['table', 'strategy: table', 'from {{ref "stg_items"}}'],
  ['merge', 'strategy: merge, delta_key: id', 'from {{delta "stg_items"}}'],
  [
    'partition',
    'strategy: partition, partition_by: grp, from: { stg_items: grp }',
    'from {{ref "stg_items"}} where {{dirty "grp"}}',
  ],
  ['snapshot', 'strategy: snapshot, delta_key: id, valid_from: updated_at', 'from {{delta "stg_items"}}'],
] as const;

/** Keys of numbers are counted where the engine has a way; texts are grouped. */
const keys = [
  ['a number', 'k', 'id'],
  ['a text', 'k', 'code'],
  ['a number and a day', '[k, day]', 'id'],
] as const;

describe.each(targets)('into %s', (target) => {
  describe.each(strategies)('strategy %s', (_, strategy, from) => {
    test.each(keys)('a key of %s that stands twice, or is NULL, is refused', async (_kind, key, column) => {
      const select = (first: string) =>
        `select ${first} as k, cast(updated_at as date) as day, id, grp, v, updated_at ${from}`;
      const twice = `case when id = 2 then ${column === 'id' ? 1 : `'a'`} else ${column} end`;
      const none = `case when id = 3 then null else ${column} end`;
      const lab = await openItemsLab(target, {
        models: { numbers: `${strategy}, key: ${key}` },
        sql: { numbers: select(twice) },
      });
      // Where the table is filled at once, the database itself refuses such a row, in its own words.
      const where = expect.stringMatching(/^(pipelines\/p\.yaml|sql\/numbers\.sql):\d+:\d+/);
      const refused = { code: 'DUPLICATE_KEY', message: expect.stringMatching(/^numbers.*\b(1|a)\b/), where };
      const empty = { code: 'MODEL_SQL', message: expect.stringMatching(/^numbers.*(NULL.*\bk\b|'k'.*null)/i), where };

      expect((await lab.run()).error).toMatchObject(refused);
      await lab.write('sql/numbers.sql', select(none));
      expect((await lab.run()).error).toMatchObject(empty);
      expect(await lab.query(`select count(*) as n from etl_run_log where status = 'failed'`)).toEqual([{ n: 2 }]);
      await lab.write('sql/numbers.sql', select(column));
      await lab.runWell();
      const before = await lab.rows('numbers');

      await lab.write('sql/numbers.sql', select(twice));
      expect((await lab.run()).error).toMatchObject(refused);
      await lab.write('sql/numbers.sql', select(none));
      expect((await lab.run()).error).toMatchObject(empty);
      expect(await lab.rows('numbers')).toEqual(before);
    });
  });
});
