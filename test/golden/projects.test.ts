import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { checkDefinitions } from '../../src/cli/project.js';
import { hasErrors } from '../../src/config/problems.js';
import { formatProblems } from '../../src/report/problems.js';

const folder = fileURLToPath(new URL('projects', import.meta.url));

test.for(readdirSync(folder))('the mistakes of the project %s are told as expected', async (name, { expect }) => {
  const root = path.join(folder, name);
  const { problems } = await checkDefinitions({ root, env: {} });
  expect(hasErrors(problems)).toBe(true);
  const text = formatProblems(problems).replaceAll(root, '<root>');
  await expect(`${text}\n`).toMatchFileSnapshot(path.join(root, 'expected.txt'));
});
