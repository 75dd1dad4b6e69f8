/** Other programs for the same work, each group of Python packages in an environment of its own in the scratch folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '@duckdb/node-api';
import { runOnce } from '../race.js';

/** Where the peers are; a group that cannot be had here is undefined, and its contenders say so. */
export interface Peers {
  /** The folder of the environment's programs. */
  readonly load: string | undefined;
  readonly dbt: string | undefined;
  readonly sling: string | undefined;
}

/** Of one version for all: the last digit of a quantile differs between 1.5 and 2.0. */
const duckdb = `duckdb==${version().replace(/^v/, '')}`;

const packages = {
  load: [
    'dlt[duckdb,sql-database]',
    'connectorx',
    'pymysql',
    'pyarrow',
    duckdb,
    'duckdb-extensions',
    'duckdb-extension-mysql',
  ],
  dbt: ['dbt-core==1.11.*', 'dbt-duckdb', duckdb],
  sling: ['sling-linux-amd64==1.4.11'],
} as const;

/** Takes a minute or two; what is in the folder already is used. */
export async function installPeers(folder: string, say: (line: string) => void): Promise<Peers> {
  const install = async (group: keyof typeof packages): Promise<string | undefined> => {
    const environment = join(folder, group);
    const programs = join(environment, 'bin');
    if (existsSync(join(environment, 'complete'))) return programs;
    say(`installing ${packages[group].join(' ')}`);
    try {
      await runOnce({ program: 'python3', args: ['-m', 'venv', environment] });
      await runOnce({ program: join(programs, 'pip'), args: ['install', '--quiet', ...packages[group]] });
      await runOnce({ program: 'touch', args: [join(environment, 'complete')] });
      return programs;
    } catch (thrown) {
      say(thrown instanceof Error ? thrown.message : String(thrown));
      return undefined;
    }
  };
  return { load: await install('load'), dbt: await install('dbt'), sling: await install('sling') };
}

/** A command that fails with the reason, for a peer that could not be installed. */
export function missing(what: string): { readonly program: string; readonly args: readonly string[] } {
  return { program: 'sh', args: ['-c', `echo '${what} could not be installed here' >&2; exit 1`] };
}
