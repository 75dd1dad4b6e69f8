/** dbt with its DuckDB adapter, two threads. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { models, sqlOf } from '../models.js';
import type { Contender } from '../race.js';
import { missing, type Peers } from './install.js';

export async function dbt(scratch: string, path: string, peers: Peers): Promise<Omit<Contender, 'prepare'>> {
  const folder = join(scratch, 'dbt');
  await mkdir(join(folder, 'models'), { recursive: true });
  const files = {
    'dbt_project.yml': {
      name: 'bench',
      version: '1.0',
      profile: 'bench',
      models: { bench: { materialized: 'table' } },
    },
    'profiles.yml': { bench: { target: 'dev', outputs: { dev: { type: 'duckdb', path, threads: 2 } } } },
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
  const own = new Set(models.map(({ name }) => name));
  for (const model of models) {
    const sql = sqlOf(model, (name) => (own.has(name) ? `{{ ref('${name}') }}` : name));
    await writeFile(join(folder, 'models', `${model.name}.sql`), sql);
  }
  return {
    name: 'dbt-duckdb, 2 threads',
    command:
      peers.dbt === undefined
        ? missing('dbt')
        : {
            program: join(peers.dbt, 'dbt'),
            args: ['run', '--project-dir', folder, '--profiles-dir', folder],
            folder,
            env: { DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' },
          },
  };
}
