/** Seeds: tables made from CSV files go the way of models. */
import { expect, onTestFinished, test } from 'vitest';
import { loadEngine } from '../../src/engines/registry.js';
import { freshDatabase } from '../servers/database.js';
import { openLab, targets } from './lab.js';

const csv = [
  'code,name,since,seen_at,people,share,average,is_open',
  `de,"Deutschland, ""das"" 'Land' \\n {{ref ""x""}} {{{ 😀",1990-10-03,2024-01-31 10:30,9223372036854775807,12345678901234567890.12,1.5e-3,true`,
  'DE,,,,,,,',
  'fr,"",1958-10-04,2024-01-31T10:30:15.25,-1,-0.50,0,false',
];

const pipeline = [
  'pipeline: p',
  'seeds:',
  '  country:',
  '    file: seeds/country.csv',
  '    key: code',
  '    columns:',
  '      code: { type: text }',
  '      name: { type: text }',
  '      since: { type: date }',
  '      seen_at: { type: timestamp }',
  '      people: { type: integer }',
  '      share: { type: "decimal(22,2)" }',
  '      average: { type: double }',
  '      is_open: { type: boolean }',
  '    tests: [{ not_null: name, severity: warn }]',
  'models:',
  '  named: { sql: named.sql, strategy: table, key: code }',
].join('\n');

async function openSeedLab(target: (typeof targets)[number]) {
  const lab = await openLab({
    target,
    oltp: [],
    files: {
      'pipelines/p.yaml': pipeline,
      'seeds/country.csv': `${csv.join('\n')}\n`,
      'sql/named.sql': 'select c.code, c.name from {{ref "country"}} c',
    },
  });
  onTestFinished(() => lab.close());
  return lab;
}

test.each(targets)('a seed in %s holds what its file says', async (target) => {
  const lab = await openSeedLab(target);
  await lab.runWell();
  const [upper, german, french] = await lab.query(
    `select code, name, cast(since as char(10)) as since, cast(seen_at as char(40)) as seen_at, cast(people as char(40)) as people,
      cast(share as char(40)) as share, average, is_open from country order by hex(code)`,
  );
  const nothing = { name: null, since: null, seen_at: null, people: null, share: null, average: null, is_open: null };
  expect(upper).toEqual({ code: 'DE', ...nothing });
  expect(german).toEqual({
    code: 'de',
    name: `Deutschland, "das" 'Land' \\n {{ref "x"}} {{{ 😀`,
    since: '1990-10-03',
    seen_at: expect.stringMatching(/^2024-01-31 10:30:00(\.0+)?$/),
    people: '9223372036854775807',
    share: '12345678901234567890.12',
    average: 0.0015,
    is_open: true,
  });
  expect(french).toMatchObject({ code: 'fr', name: '', people: '-1', share: '-0.50', average: 0, is_open: false });
  expect(french?.seen_at).toMatch(/^2024-01-31 10:30:15\.250*$/);
});

test.each(targets)('a row of a seed that is edited changes that row in %s, and what stands on it', async (target) => {
  const lab = await openSeedLab(target);
  await lab.runWell();
  const skipped = await lab.runWell();
  expect(skipped.steps.map(({ step, status }) => [step, status])).toEqual([
    ['country', 'skipped'],
    ['named', 'skipped'],
  ]);

  await lab.edit('seeds/country.csv', 'fr,""', 'fr,France');
  const edited = await lab.runWell();
  const counts = edited.steps.map(({ step, rowsInserted, rowsUpdated, rowsDeleted }) => {
    return [step, rowsInserted, rowsUpdated, rowsDeleted];
  });
  expect(counts).toEqual([
    ['country', 0, 1, 0],
    ['named', 0, 1, 0],
  ]);
  expect(await lab.rows('named', 'code, name')).toContain(JSON.stringify({ code: 'fr', name: 'France' }));
  expect(await lab.allRows(['country', 'named'])).toEqual(await lab.rebuilt(['country', 'named']));

  await lab.edit('seeds/country.csv', 'DE,,,,,,,\n', '');
  await lab.runWell();
  expect(await lab.allRows(['country', 'named'])).toEqual(await lab.rebuilt(['country', 'named']));
  expect(await lab.rows('named', 'code')).toHaveLength(2);
});

test.each(targets)('a text of a seed in %s may become longer than all were, and shorter again', async (target) => {
  const lab = await openSeedLab(target);
  await lab.runWell();
  for (const [from, to] of [
    ['fr,""', `fr,${'é'.repeat(300)}`],
    ['é'.repeat(300), 'France'],
  ] as const) {
    await lab.edit('seeds/country.csv', from, to);
    const { steps } = await lab.runWell();
    expect(steps.map(({ rowsInserted, rowsUpdated }) => [rowsInserted, rowsUpdated])).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(await lab.allRows(['country', 'named'])).toEqual(await lab.rebuilt(['country', 'named']));
  }
});

test('keys of a seed are of a type that MySQL and MariaDB join by a hash', async () => {
  const { dialect } = await loadEngine('mysql');
  const database = await freshDatabase('seeds');
  onTestFinished(() => database.drop());
  await database.query(`set sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'`);
  const column = { name: 'code', type: { kind: 'text' } } as const;
  await database.query(`create table as_typed as ${dialect.writtenRows([column], [['de'], ['x'.repeat(191)]])}`);
  const [typed] = await database.query('show columns from as_typed');
  expect(typed?.Type).toBe('varchar(191)');
});
