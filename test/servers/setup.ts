/** Runs once before the tests: finds or starts the servers that `freshDatabase` uses, one a worker, where a test of the run needs one. */
import type { TestProject } from 'vitest/node';
import { findServers } from './find.js';
import { needsServer } from './needed.js';

declare module 'vitest' {
  export interface ProvidedContext {
    testServerUrls: readonly string[];
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { config, state } = project.vitest;
  if (!config.watch && !(await needsServer(state.getPaths()))) return undefined;
  const servers = await findServers(config.maxWorkers, (line) => process.stderr.write(`${line}\n`));
  process.stderr.write(`Tests use ${servers.length} × ${servers[0]?.description}\n`);
  project.provide(
    'testServerUrls',
    servers.map(({ url }) => url),
  );
  return async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
}
