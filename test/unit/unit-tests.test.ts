import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openProject } from '../../src/cli/project.js';
import { withSourceLines } from '../../src/config/problems.js';
import { noPaint } from '../../src/report/paint.js';
import { formatProblems } from '../../src/report/problems.js';
import { formatUnitResult } from '../../src/report/unit-tests.js';
import { parseUnitTests, tableNames } from '../../src/unit/parse-tests.js';
import type { UnitResult } from '../../src/unit/run-test.js';
import { runUnitTests } from '../../src/unit/run-tests.js';

const folder = fileURLToPath(new URL('../golden/unit-tests', import.meta.url));
const cases = readdirSync(path.join(folder, 'cases')).filter((name) => name.endsWith('.yaml'));
const opened = openProject({ root: path.join(folder, 'project'), env: {} });

async function runCase(name: string) {
  const { config, project } = await opened;
  const text = readFileSync(path.join(folder, 'cases', name), 'utf8');
  const root = path.join(folder, 'cases');
  const { tests, problems, texts } = parseUnitTests(root, name, text, tableNames(project));
  const all = new Map([[name, text], ...texts]);
  const placed = withSourceLines(problems, all);
  const results = placed.length > 0 ? [] : await runUnitTests(config, { tests, texts: all }, () => undefined);
  return { problems: placed, results };
}

function printed(results: readonly UnitResult[]): string {
  return results.map((result) => formatUnitResult({ ...result, durationMs: 5 }, noPaint)).join('\n');
}

test.each(cases)('the unit tests of %s end as expected', async (name) => {
  const { problems, results } = await runCase(name);
  const text = problems.length > 0 ? formatProblems(problems) : printed(results);
  await expect(`${text}\n`).toMatchFileSnapshot(path.join(folder, 'cases', name.replace('.yaml', '.txt')));
});
