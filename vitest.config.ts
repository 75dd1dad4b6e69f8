import { defineConfig } from 'vitest/config';
import { workerCount } from './test/servers/find.js';
import { testFiles } from './test/servers/needed.js';

export default defineConfig({
  test: {
    include: await testFiles(process.env.CHAT_ETL_TESTS),
    globalSetup: ['test/servers/setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: workerCount(),
  },
});
