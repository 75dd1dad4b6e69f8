import { expect, test } from 'vitest';
import { isGivenByKey } from '../../src/pipeline/keys.js';
import { loadProject } from '../../src/pipeline/load.js';
import { testsOf } from '../../src/pipeline/tests-of.js';
import { compileOptions, configWith } from './project-files.js';

test('what a key sees to by itself is not tested again over all history; what it does not see to is', async () => {
  const tests = `[{ unique: [b, a] }, { unique: [a, b, c] }, { not_null: a }, { unique: a }, { not_null: [a, c] }, { accepted_values: { column: a, values: [1] } }]`;
  const model = (name: string, text: string) => `  ${name}: { sql: m.sql, ${text}, tests: ${tests} }\n`;
  const config = await configWith({
    'pipelines/p.yaml': `pipeline: p\nsources:\n  s: { table: s, key: [a, b], tests: ${tests} }\nmodels:\n${[
      model('m', 'strategy: table, key: [a, b]'),
      model('keyless', 'strategy: table'),
      model('v', 'strategy: view, key: [a, b]'),
      model('h', 'strategy: snapshot, key: [a, b], valid_from: u'),
    ].join('')}`,
    'sql/m.sql': 'select * from {{ref "stg_s"}}',
  });
  const project = await loadProject(config, await compileOptions());
  const given = (table: string) => testsOf(project, table).map((it) => isGivenByKey(project, table, it));
  expect(given('m')).toEqual([true, true, true, false, false, false]);
  expect(given('stg_s')).toEqual(given('m'));
  for (const table of ['keyless', 'v', 'h']) expect(given(table)).toEqual(Array(6).fill(false));
});
