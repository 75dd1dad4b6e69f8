/** What the project at the repository's root promises by its definitions alone. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openProject } from '../../src/cli/project.js';
import type { Model } from '../../src/pipeline/types.js';

async function shippedModels(): Promise<readonly Model[]> {
  const { project } = await openProject({ root: fileURLToPath(new URL('../../', import.meta.url)), env: {} });
  return [...project.models.values()].map(({ model }) => model);
}

test('no model of the shipped project accepts stale rows', async () => {
  const models = await shippedModels();
  expect(models.filter(({ strategy }) => strategy === 'merge')).not.toEqual([]);
  expect(models.filter(({ acceptStale }) => acceptStale.length > 0)).toEqual([]);
});

test('the metrics of the shipped project are computed by dirty partitions, or shown by views on such', async () => {
  const metrics = (await shippedModels()).filter(({ pipeline }) => pipeline === 'metrics');
  expect(new Set(metrics.map(({ strategy }) => strategy))).toEqual(new Set(['partition', 'view']));
});
