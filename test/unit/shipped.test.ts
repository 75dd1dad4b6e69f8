import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openProject } from '../../src/cli/project.js';
import { noPaint } from '../../src/report/paint.js';
import { formatUnitResult } from '../../src/report/unit-tests.js';
import { readUnitTests } from '../../src/unit/read-tests.js';
import { runUnitTests } from '../../src/unit/run-tests.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const opened = openProject({ root, env: {} });

test('the unit tests of the shipped project pass', async () => {
  const { config, project } = await opened;
  const read = readUnitTests(root, project);
  expect(read.problems).toEqual([]);
  const results = await runUnitTests(config, read, () => undefined);
  const failed = results.filter(({ status }) => status !== 'passed');
  expect(failed.map((result) => formatUnitResult(result, noPaint))).toEqual([]);
});

test('every metric of the shipped project has a unit test', async () => {
  const { project } = await opened;
  const { tests } = readUnitTests(root, project);
  const tested = new Set(
    tests.flatMap(({ steps }) => steps.flatMap(({ expect: tables }) => tables)).map((it) => it.table),
  );
  const metrics = project.pipelines.find(({ name }) => name === 'metrics')?.models.map(({ table }) => table) ?? [];
  expect(metrics.length).toBeGreaterThan(10);
  expect(metrics.filter((table) => !tested.has(table))).toEqual([]);
});
