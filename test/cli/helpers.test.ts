/** The reference of template helpers is what templates are rendered by. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { helperSignatures } from '../../src/engines/helpers.js';
import { blockNames, signatures } from '../../src/template/signatures.js';
import { chatEtl } from './capture.js';

test('docs/helpers.md is what `helpers --markdown` prints', async () => {
  expect((await chatEtl('helpers', '--markdown')).stdout).toBe(
    readFileSync(new URL('../../docs/helpers.md', import.meta.url), 'utf8'),
  );
});

test('every helper and block is there, with the SQL of every engine', async () => {
  const entries = JSON.parse((await chatEtl('helpers', '--json')).stdout) as readonly {
    readonly name: string;
    readonly sql: Readonly<Record<string, string>>;
  }[];
  const names = entries.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([...signatures.keys(), ...blockNames, '>']));
  for (const { sql } of entries) expect(Object.keys(sql)).toEqual(['duckdb', 'mysql']);
});

test('one helper is shown with what its example becomes', async () => {
  const { stdout } = await chatEtl('helpers', 'week_start');
  expect(stdout).toBe(
    [
      'week_start date',
      helperSignatures.week_start.description,
      '',
      'template  {{week_start "d.day"}}',
      "duckdb    cast(date_trunc('week', cast(d.day as date)) as date)",
      'mysql     date_sub(cast(d.day as date), interval weekday(d.day) day)',
      '',
    ].join('\n'),
  );
});

test('an unknown helper is a mistake, with the nearest name', async () => {
  const { code, stderr } = await chatEtl('helpers', 'week_stat');
  expect(code).toBe(2);
  expect(stderr).toContain("no helper is called 'week_stat'");
  expect(stderr).toContain("did you mean 'week_start'?");
});
