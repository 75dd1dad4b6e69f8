import { expect, test } from 'vitest';
import { dialect as duckdb } from '../../src/engines/duckdb/dialect.js';
import { dialect as mysql } from '../../src/engines/mysql/dialect.js';
import type { FreshnessTest, RowTest, TableTest } from '../../src/pipeline/data-test.js';
import { changingValue, failingRows, staleRows } from '../../src/transform/failing-rows.js';

const base = { severity: 'error', atMost: undefined, where: { path: 'p.yaml', line: 1, column: 1 } } as const;
const plain = { ...base, filter: undefined };
const limited = { ...base, filter: 'messages > 0' };

const tests: readonly (RowTest | TableTest)[] = [
  { ...plain, kind: 'unique', columns: ['chat_id', 'day'] },
  { ...limited, kind: 'not_null', columns: ['chat_id', 'day'] },
  { ...plain, kind: 'accepted_values', column: 'level', values: ["it's", 1, true] },
  { ...plain, kind: 'relationship', column: 'user_id', toTable: 'dim_user', toColumn: 'id' },
  { ...plain, kind: 'range', column: 'share', min: 0, max: 0.5 },
  { ...limited, kind: 'range', column: 'day', min: undefined, max: '2026-01-31' },
  { ...plain, kind: 'expression', condition: 'a > 0 or b > 0' },
  { ...limited, kind: 'expression', condition: 'a > 0' },
  { ...plain, kind: 'row_count', min: 1, max: undefined },
  { ...limited, kind: 'row_count', min: 1, max: 9 },
  { ...plain, kind: 'no_gaps', column: 'day', unit: 'day', per: [] },
  { ...limited, kind: 'no_gaps', column: 'day', unit: 'week', per: ['chat_id', 'level'] },
  { ...plain, kind: 'no_gaps', column: 'day', unit: 'month', per: [] },
];

const fresh: FreshnessTest = { ...limited, kind: 'freshness', column: 'at', withinMs: 6 * 3_600_000 };
const times = { asOf: '2026-03-01 05:00:00', timezone: 'Europe/Berlin' };

test.each([duckdb, mysql])('the SQL of data tests is as the golden file of $name has it', async (dialect) => {
  const relation = dialect.identifier('etl_new_fact');
  const texts = [
    ...tests.map((it) => failingRows(dialect, relation, it, (name) => `etl_new_${name}`)),
    staleRows(dialect, relation, fresh, { ...times, isDay: false }),
    staleRows(dialect, relation, { ...fresh, filter: undefined }, { ...times, isDay: true }),
    changingValue(dialect, relation, { ...limited, kind: 'change', metric: 'sum(messages)' }, 'UTC'),
  ];
  await expect(`${texts.join(';\n')};\n`).toMatchFileSnapshot(`../golden/data-tests-${dialect.name}.sql`);
});
