/** Runs once before the tests: finds or starts the server that `freshDatabase` uses, where a test of the run needs one. */
import type { TestProject } from 'vitest/node';
import { findServer } from './find.js';
import { needsServer } from './needed.js';

declare module 'vitest' {
  export interface ProvidedContext {
    testServerUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { config, state } = project.vitest;
  if (!config.watch && !(await needsServer(state.getPaths()))) return undefined;
  const server = await findServer((line) => process.stderr.write(`${line}\n`));
  process.stderr.write(`Tests use ${server.description}\n`);
  project.provide('testServerUrl', server.url);
  return server.stop;
}
