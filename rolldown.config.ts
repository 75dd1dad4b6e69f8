/** Makes `dist/` from `src/`, in few files: finding and reading the hundreds of `src` and its packages took half of a short run. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';
import { compiledSchemas } from './bundle/compiled-schemas.js';
import { licenses } from './bundle/licenses.js';
import { plainText } from './bundle/plain-text.js';

export default defineConfig({
  input: {
    'cli/main': 'src/cli/main.ts',
    // For programs of their own that run a project, such as test/e2e/kill-run.mjs.
    'cli/project': 'src/cli/project.ts',
    'run/run': 'src/run/run.ts',
  },
  platform: 'node',
  tsconfig: 'tsconfig.json',
  external: [/^@duckdb\/node-bindings/, /^knex$/, /^mysql2/],
  resolve: { alias: { handlebars$: fileURLToPath(new URL('./bundle/handlebars-parser.ts', import.meta.url)) } },
  plugins: [compiledSchemas(), plainText(), licenses('licenses.txt')],
  output: {
    dir: 'dist',
    cleanDir: true,
    // Two folders deep like most modules of `src`: what they look for beside the package's root is in the same place.
    chunkFileNames: 'chunks/[name].js',
    codeSplitting: {
      groups: [
        // What each command needs, and `--help` alone: one file takes less time to find and read than twenty.
        { test: /\/src\/cli\/program\.ts$/, name: 'start', priority: 6 },
        { test: /node_modules/, name: packageName, debugName: 'packages', priority: 5 },
        // The same for what runs load, each with all that it imports and no file above has: in this order, so that nothing which an
        // engine shares with others brings that engine's driver.
        { test: /\/src\/engines\/[^/]+\.ts$/, name: 'engines', priority: 4 },
        { test: /\/src\/cli\/with-project\.ts$/, name: 'project', priority: 3 },
        { test: /\/src\/cli\/run-once\.ts$/, name: 'run', priority: 2 },
        { test: /\/src\/engines\/duckdb\/index\.ts$/, name: 'duckdb', priority: 1 },
        { test: /\/src\/engines\/mysql\/index\.ts$/, name: 'mysql', priority: 0 },
      ],
    },
  },
});

/** So that a line of a stack trace says whose it is. */
function packageName(module: string): string | null {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1]?.replace('/', '-') ?? null;
}
