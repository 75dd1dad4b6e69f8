import { defineConfig } from 'vitest/config';
import { workerCount } from './test/servers/find.js';

export default defineConfig({
  test: {
    include: ['test/bites/*.check.ts'],
    globalSetup: ['test/servers/setup.ts'],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: workerCount(),
    maxConcurrency: workerCount(),
  },
});
