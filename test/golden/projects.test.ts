import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { checkProjectOffline } from '../../src/cli/check-project.js';
import { hasErrors } from '../../src/config/problems.js';
import { formatProblems } from '../../src/report/problems.js';
import { formatUnchecked } from '../../src/report/unchecked.js';

const folder = fileURLToPath(new URL('projects', import.meta.url));

test.for(readdirSync(folder))('the mistakes of the project %s are told as expected', async (name, { expect }) => {
  const root = path.join(folder, name);
  const { problems, unchecked } = await checkProjectOffline({ root, env: {} });
  expect(hasErrors(problems)).toBe(true);
  const parts = [formatProblems(problems).replaceAll(root, '<root>')];
  // Without a record nothing of the SQL can be checked, which the others need not all repeat.
  if (existsSync(path.join(root, 'introspected'))) parts.push(formatUnchecked(unchecked));
  await expect(`${parts.filter((part) => part !== '').join('\n\n')}\n`).toMatchFileSnapshot(path.join(root, 'expected.txt'));
});
