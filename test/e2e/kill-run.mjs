/**
 * Runs a project in a process of its own and kills it with SIGKILL at a given event: `kill-run.mjs ROOT stage:commit`,
 * `step-finished:fact_message`, `step-started:stg_users`, or `never`; `copying:` is once a copy for readers is on its way.
 * With SIGSTOP as a third argument it is only paused; with `repair` as a fourth it is a repair of all sources. It runs what `npm run build` made.
 */
import { readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { openProject } from '../../dist/cli/project.js';
import { run } from '../../dist/run/run.js';

const [root, point, signal = 'SIGKILL', kind = 'run'] = process.argv.slice(2);
const { config, project } = await openProject({ root, env: {} });
const nameOf = (event) => event.stage ?? event.step ?? event.report?.step ?? '';
const report = await run({
  config,
  project,
  selection: {
    pipelines: [],
    withUpstreams: kind === 'run',
    fullRefresh: false,
    reload: [],
    ...(kind === 'repair' ? { reconcile: { sources: [...project.sources.keys()], mode: 'repair' } } : {}),
  },
  trigger: 'test',
  asOf: undefined,
  signal: new AbortController().signal,
  onEvent: (event) => {
    if (`${event.type}:${nameOf(event)}` === point) process.kill(process.pid, signal);
    if (event.type === 'copy-started' && point === 'copying:') killOnceCopying();
  },
});

function killOnceCopying() {
  const { publish_copy: copy } = config.connections[config.run.into].options;
  const folder = dirname(resolve(root, copy));
  if (readdirSync(folder).some((name) => name.endsWith('.copying'))) process.kill(process.pid, signal);
  else setImmediate(killOnceCopying);
}
console.log(JSON.stringify({ status: report.status, error: report.error }));
process.exitCode = report.status === 'succeeded' ? 0 : 1;
